//! The list of rules and the programs that break them say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The programs that each rule of a table names in its last column.
fn named(rules: &str) -> Vec<(String, Vec<String>)> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in rules.lines() {
        if line.starts_with("| rule |") {
            inside = true;
        } else if !line.starts_with("| ") {
            inside = false;
        } else if inside && !line.starts_with("| ---") {
            // A bar inside a cell has a backslash before it.
            let line = line.replace("\\|", "");
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let programs = cells.last().into_iter().flat_map(|last| last.split(", "));
            let programs = programs.map(|name| name.trim_matches('`').to_owned()).collect();
            found.push((cells[0].to_owned(), programs));
        }
    }
    found
}

/// What the list and the files disagree about.
fn disagreements(rules: &[(String, Vec<String>)], files: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut rule_of: BTreeMap<&str, &str> = BTreeMap::new();
    for (rule, programs) in rules {
        for program in programs {
            if !files.contains(&format!("{program}.rs")) {
                found.push(format!("no program `{program}` breaks the rule: {rule}"));
            }
            if let Some(other) = rule_of.insert(program, rule) {
                found.push(format!("`{program}` breaks two rules: {other} / {rule}"));
            }
        }
    }
    for file in files {
        match file.rsplit_once('.') {
            Some((program, "rs")) if !rule_of.contains_key(program) => {
                found.push(format!("no rule names the program `{program}`"));
            }
            Some((program, "rs")) if !files.contains(&format!("{program}.stderr")) => {
                found.push(format!("what is said to `{program}` is not recorded"));
            }
            Some((program, "stderr")) if !files.contains(&format!("{program}.rs")) => {
                found.push(format!("what is recorded for `{program}` is said to no program"));
            }
            _ => {}
        }
    }
    found
}

fn files(folder: &Path, below: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut found = BTreeSet::new();
    for path in entries.map(|entry| entry.expect("it can be read").path()) {
        if path.is_dir() {
            found.extend(files(&path, below));
        } else {
            let path = path.strip_prefix(below).expect("it lies below").display().to_string();
            found.insert(path.replace('\\', "/"));
        }
    }
    found
}

#[test]
fn every_rule_names_the_programs_that_break_it_and_every_program_breaks_one() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let rules = std::fs::read_to_string(here.join("../docs/rules.md")).expect("the list is there");
    let rules = named(&rules);
    assert!(rules.len() > 40, "only {} rules were read", rules.len());
    let found = disagreements(&rules, &files(&here.join("ui"), &here.join("ui")));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_disagreement_is_noticed() {
    let list =
        "| rule | shown by |\n| --- | --- |\n| One. | `a/b`, `a/c` |\n| Two. | `a/b` |\n\n| other | x |\n";
    let rules = named(list);
    assert_eq!(rules.len(), 2);
    let files = ["a/b.rs", "a/b.stderr", "a/d.rs", "a/e.stderr"].map(str::to_owned).into();
    let found = disagreements(&rules, &files);
    for expected in [
        "no program `a/c` breaks the rule: One.",
        "`a/b` breaks two rules: One. / Two.",
        "no rule names the program `a/d`",
        "what is recorded for `a/e` is said to no program",
    ] {
        assert!(found.iter().any(|found| found == expected), "{expected}: {found:?}");
    }
    // A program that a rule names has its words recorded.
    let silent =
        disagreements(&named("| rule | shown by |\n| One. | `a/b` |"), &["a/b.rs".to_owned()].into());
    assert_eq!(silent, ["what is said to `a/b` is not recorded"]);
}
