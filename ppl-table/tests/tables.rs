//! Files as people have them, and what is said of those that are wrong.

use ppl_table::{Error, Table};

fn table(text: &str) -> Result<Table, Error> {
    Table::from_reader("t.csv", text.as_bytes())
}

fn message<Value>(result: Result<Value, Error>) -> String {
    match result {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn marks_spaces_and_line_ends_are_taken() {
    for text in [
        "\u{feff}x,y\n1,a\n2,b\n",
        "x,y\r\n1,a\r\n2,b\r\n",
        "x, y\n 1 , a\n2,b",
        "\"x\",\"y\"\n\"1\",\"a\"\n2,b\n",
        "\u{feff}\"x\",\"y\"\r\n1,a\r\n\r\n2,b\r\n\r\n",
        "\n\nx,y\n\n1,a\n2,b\n",
    ] {
        let table = table(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(table.names(), ["x", "y"], "{text:?}");
        assert_eq!(table.numbers("x").unwrap(), [1.0, 2.0], "{text:?}");
        assert_eq!(table.levels("y").unwrap().names, ["a", "b"], "{text:?}");
    }
}

/// The line of a wrong field is the one that an editor shows.
#[test]
fn lines_are_right_after_newlines_in_quotations() {
    for (text, line) in [
        ("x,note\n1,plain\n?,bad\n", 3),
        ("x,note\n1,\"two\nlines\"\n?,bad\n", 4),
        ("x,\"a\nname\"\n1,\"two\n\n\nlines\"\n?,bad\n", 7),
        ("x,note\r\n1,\"two\r\nlines\"\r\n?,bad\r\n", 4),
        ("x,note\r\n\r\n1,a\r\n\r\n\r\n?,bad\r\n", 6),
        ("\u{feff}x,note\n1,a\n\n?,bad\n", 4),
        ("x,note\r1,a\r?,bad\r", 3),
    ] {
        let expected = format!("t.csv, line {line}, column `x`: expected a finite number, found `?`");
        assert_eq!(message(table(text).and_then(|table| table.numbers("x"))), expected, "{text:?}");
    }
}

#[test]
fn files_that_are_wrong_are_refused() {
    for (text, expected) in [
        ("", "t.csv is empty; its first line must name the columns"),
        ("\n\n", "t.csv is empty; its first line must name the columns"),
        (
            "1,2.5\n3,4\n",
            "t.csv, line 1: expected the names of the columns, found the numbers `1`, `2.5`; add a line of names, \
             or give them to `Table::without_header`",
        ),
        ("a,b,a\n1,2,3\n", "t.csv: columns 1 and 3 both have the name `a`; rename one"),
        ("a,b\n1,2\n1,2,3\n", "t.csv, line 3: expected 2 fields, one for each column, found 3"),
        ("a,b\n\"1\n\",2\n1\n", "t.csv, line 4: expected 2 fields, one for each column, found 1"),
        ("a,b\n1\n1,\"2\n", "t.csv, line 2: expected 2 fields, one for each column, found 1"),
        ("a,b\n1,\"2\n3,4\n", "t.csv, line 2: a quotation that begins in this record is never closed"),
        ("a,b\n\"1,2\n3,4\n", "t.csv, line 2: a quotation that begins in this record is never closed"),
        ("\"a,b\n1,2\n", "t.csv, line 1: a quotation that begins in this record is never closed"),
    ] {
        assert_eq!(message(table(text)), expected, "{text:?}");
    }
    let latin = Table::from_reader("t.csv", &b"a,b\n1,caf\xe9\n"[..]);
    assert_eq!(message(latin), "t.csv, line 2, field 2: expected text in UTF-8, found other bytes");
    assert!(message(Table::read("no/such/file.csv")).starts_with("no/such/file.csv: "));
}

#[test]
fn columns_that_are_not_there_are_refused() {
    let table = table("county,floor\nA,1\n").unwrap();
    assert_eq!(message(table.numbers("Floor")), "t.csv has no column `Floor`; did you mean `floor`?");
    assert_eq!(message(table.levels("x")), "t.csv has no column `x`; there are `county`, `floor`");
}

#[test]
fn missing_values_are_none_or_an_error() {
    let table = table("x,y\n1,\n2,NA\n3, nan\n4,5\n").unwrap();
    assert_eq!(table.optional("y").unwrap(), [None, None, None, Some(5.0)]);
    assert_eq!(
        message(table.numbers("y")),
        "t.csv, line 2, column `y`: expected a finite number, found a missing value"
    );
    assert_eq!(
        message(table.integers("y")),
        "t.csv, line 2, column `y`: expected an integer, found a missing value"
    );
}

#[test]
fn tables_without_rows_have_columns_without_numbers() {
    let table = table("x,y\n").unwrap();
    assert_eq!(table.rows(), 0);
    assert!(table.numbers("x").unwrap().is_empty());
    assert!(table.matrix(&["x", "y"]).unwrap().values.is_empty());
    assert_eq!(
        message(table.standardised("x")),
        "t.csv, column `x` cannot be standardised: at least two numbers are needed"
    );
}

#[test]
fn names_may_be_given_or_left_out() {
    let given = Table::without_header("t.csv", "1,2\n3,4\n".as_bytes(), &["a", "b"]).unwrap();
    assert_eq!(given.numbers("a").unwrap(), [1.0, 3.0]);
    let twice = Table::without_header("t.csv", "1,2\n".as_bytes(), &["a", "a"]);
    assert_eq!(message(twice), "t.csv: columns 1 and 2 both have the name `a`; rename one");
    let few = Table::without_header("t.csv", "1,2\n".as_bytes(), &["a"]);
    assert_eq!(message(few), "t.csv, line 1: expected 1 fields, one for each column, found 2");
    let none = Table::without_header("t.csv", "".as_bytes(), &[]).unwrap();
    assert_eq!(message(none.numbers("a")), "t.csv has no column `a`; there are none");
    assert!(Table::without_header("t.csv", "1\n".as_bytes(), &[]).is_err());
    // Row numbers without a name; and years as names beside a text.
    assert_eq!(table("\"\",x\n1,5\n2,6\n").unwrap().numbers("x").unwrap(), [5.0, 6.0]);
    assert_eq!(table("country,1990\nPeru,5\n").unwrap().numbers("1990").unwrap(), [5.0]);
}
