use super::*;

#[test]
fn a_repeated_run_gets_the_same_numbers_and_another_order_too() {
    let mut addresses = Addresses::default();
    let (a, b) = (Name::new("a"), Name::new("b"));
    addresses.begin(0);
    assert_eq!((addresses.resolve(Subject::Site, a), addresses.resolve(Subject::Site, b)), (0, 1));
    addresses.begin(0);
    assert_eq!((addresses.resolve(Subject::Site, b), addresses.resolve(Subject::Site, a)), (1, 0));
    addresses.begin(1);
    assert_eq!(addresses.resolve(Subject::Site, Name::new("a").at(3)), 2);
    assert_eq!(addresses.text(Subject::Site, 2), "a[3]");
    assert_eq!(addresses.resolve(Subject::Parameter, a), 0);
}

#[test]
fn saved_addresses_keep_their_numbers_in_another_order() {
    let run = |addresses: &mut Addresses, net_first: bool| {
        addresses.begin(0);
        let mut numbers = Vec::new();
        for net in if net_first { [true, false] } else { [false, true] } {
            let outside = if net { addresses.enter(Name::new("net")) } else { addresses.path };
            addresses.step = Some(3);
            let site = addresses.resolve(Subject::Site, Name::new("z"));
            addresses.step = None;
            let plate = addresses.resolve(Subject::Plate, Name::new("row"));
            numbers.push((net, site, plate));
            addresses.path = outside;
        }
        numbers.sort();
        numbers
    };
    let mut first = Addresses::default();
    let expected = run(&mut first, false);
    let mut restored = Addresses::restored(&first.saved()).unwrap();
    assert_eq!(run(&mut restored, true), expected);
    assert_eq!(restored.saved(), first.saved());
    for subject in ALL {
        let list = |all: &Addresses| -> Vec<(String, u64, Option<(String, u32)>)> {
            let known = all.entries[subject as usize].iter();
            let text = |k| all.text(subject, k).to_owned();
            known.zip(0..).map(|(entry, k)| (text(k), entry.hash, entry.series.clone())).collect()
        };
        assert_eq!(list(&restored), list(&first));
    }
}

#[test]
fn addresses_that_cannot_be_are_refused() {
    let entry = |path, name: &str| SavedAddress { path, name: name.to_owned(), series: None };
    let restored = |calls: Vec<SavedAddress>, sites: Vec<SavedAddress>| {
        Addresses::restored(&SavedAddresses([calls, sites, vec![], vec![], vec![], vec![], vec![]]))
            .map(|_| ())
    };
    assert_eq!(restored(vec![entry(0, "net")], vec![entry(1, "z"), entry(0, "z")]), Ok(()));
    let message = "`z` stands in a call that the file does not have";
    assert_eq!(restored(vec![], vec![entry(1, "z")]), Err(message.to_owned()));
    // A call within itself.
    assert!(restored(vec![entry(1, "net")], vec![]).is_err());
    assert_eq!(restored(vec![], vec![entry(0, "z"), entry(0, "z")]), Err("`z` is there twice".to_owned()));
}

#[test]
fn hashes_are_those_of_the_full_names() {
    let mut addresses = Addresses::default();
    addresses.begin(0);
    addresses.enter(Name::new("outer"));
    addresses.enter(Name::new("net").at(2));
    for subject in ALL {
        let number = addresses.resolve(subject, Name::new("w").at(1));
        let (text, hash) = (addresses.text(subject, number), addresses.entry(subject, number).hash);
        assert_eq!(text, "outer/net[2]/w[1]");
        assert_eq!(hash, text.bytes().fold(subject as u64, |h, b| mix(h ^ u64::from(b))));
    }
}

#[test]
fn names_are_seen_from_within_a_call() {
    let mut addresses = Addresses::default();
    addresses.begin(0);
    addresses.enter(Name::new("net"));
    let (path, w) = (addresses.path, addresses.resolve(Subject::Site, Name::new("w")));
    addresses.path = Path::ROOT;
    let other = addresses.resolve(Subject::Site, Name::new("network"));
    assert_eq!(addresses.text_within(path, Subject::Site, w), Some("w"));
    assert_eq!(addresses.text_within(Path::ROOT, Subject::Site, w), Some("net/w"));
    assert_eq!(addresses.text_within(path, Subject::Site, other), None);
}

#[test]
fn calls_prefix_names() {
    let mut addresses = Addresses::default();
    addresses.begin(0);
    let back = addresses.enter(Name::new("outer"));
    let inner = addresses.enter(Name::new("net").at(2));
    let w = addresses.resolve(Subject::Parameter, Name::new("w"));
    assert_eq!(addresses.text(Subject::Parameter, w), "outer/net[2]/w");
    addresses.path = inner;
    let w = addresses.resolve(Subject::Parameter, Name::new("w"));
    assert_eq!(addresses.text(Subject::Parameter, w), "outer/w");
    addresses.path = back;
    let w = addresses.resolve(Subject::Parameter, Name::new("w"));
    assert_eq!(addresses.text(Subject::Parameter, w), "w");
}
