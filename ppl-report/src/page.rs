//! A page of one file: text, tables and pictures, readable on a phone, in the light and in the dark.

use crate::plot::{Plot, write};
use crate::style;
use crate::text::{escaped, grouped};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// A table shows no more rows than these; the page would be slow.
const MOST_ROWS: usize = 200;

/// A page that is put together from above to below, and written as one file of HTML. It needs no script and no network.
///
/// # Examples
///
/// ```
/// use ppl_report::{Page, plots};
///
/// let draws: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 100)).collect();
/// let page = Page::new("A fit")
///     .text("All is well: a < b.")
///     .section("Densities")
///     .plot(&plots::density("mu", &draws).plot())
///     .section("Numbers")
///     .table(&["site", "mean"], &[["mu", "49.5"]])
///     .preformatted("mu ~ Normal(0, 1)");
/// let html = page.html();
/// assert!(html.starts_with("<!DOCTYPE html>") && html.contains("All is well: a &lt; b."));
/// assert!(html.contains("<h2 id=\"s2\">Numbers</h2>") && html.contains("<td>49.5</td>"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Page {
    title: String,
    sections: Vec<String>,
    body: String,
}

impl Page {
    /// Begins a page.
    ///
    /// # Examples
    ///
    /// See [`Page`].
    pub fn new(title: impl Into<String>) -> Page {
        Page { title: title.into(), sections: Vec::new(), body: String::new() }
    }

    fn add(mut self, html: std::fmt::Arguments<'_>) -> Page {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(html);
        self.body.push('\n');
        self
    }

    /// Begins a section. Where there are several, the page begins with links to them.
    ///
    /// # Examples
    ///
    /// See [`Page`].
    pub fn section(mut self, title: &str) -> Page {
        self.sections.push(title.to_owned());
        let number = self.sections.len();
        self.add(format_args!("<h2 id=\"s{number}\">{}</h2>", escaped(title)))
    }

    /// Adds a paragraph, in which what stands between backticks is code.
    ///
    /// # Examples
    ///
    /// See [`Page`].
    pub fn text(self, text: &str) -> Page {
        self.add(format_args!("<p>{}</p>", with_code(text)))
    }

    /// Adds a paragraph that catches the eye: a verdict that is good, or one that is not.
    ///
    /// # Examples
    ///
    /// ```
    /// let page = ppl_report::Page::new("A fit").verdict(false, "Not to be trusted.");
    /// assert!(page.html().contains("<p class=\"bad\">Not to be trusted.</p>"));
    /// ```
    pub fn verdict(self, good: bool, text: &str) -> Page {
        let class = if good { "good" } else { "bad" };
        self.add(format_args!("<p class=\"{class}\">{}</p>", with_code(text)))
    }

    /// Adds a table, which scrolls in a box of its own where it is too wide; the first column names the rows. Of more than 200 rows the first are shown, and how many there are.
    ///
    /// # Examples
    ///
    /// See [`Page`].
    pub fn table<C: AsRef<str>>(
        self,
        header: &[&str],
        rows: impl IntoIterator<Item = impl IntoIterator<Item = C>>,
    ) -> Page {
        let mut html = String::from("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
        header.iter().for_each(|cell| html += &format!("<th scope=\"col\">{}</th>", escaped(cell)));
        html += "</tr></thead><tbody>";
        let mut count = 0;
        for row in rows {
            count += 1;
            if count > MOST_ROWS {
                continue;
            }
            html += "<tr>";
            for (k, cell) in row.into_iter().enumerate() {
                let cell = escaped(cell.as_ref());
                html += &if k == 0 {
                    format!("<th scope=\"row\">{cell}</th>")
                } else {
                    format!("<td>{cell}</td>")
                };
            }
            html += "</tr>";
        }
        html += "</tbody></table></div>";
        let more = match count.saturating_sub(MOST_ROWS) {
            0 => String::new(),
            more => format!("\n<p>{} more.</p>", grouped(more)),
        };
        self.add(format_args!("{html}{more}"))
    }

    /// Adds a picture.
    ///
    /// # Examples
    ///
    /// See [`Page`].
    pub fn plot(self, plot: &Plot) -> Page {
        self.plots([plot])
    }

    /// Adds pictures beside each other, as many in a row as there is room for.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_report::{Page, plots};
    ///
    /// let all = ["a", "b"].map(|name| plots::density(name, &[1.0, 2.0, 4.0]).plot());
    /// assert_eq!(Page::new("Two").plots(&all).html().matches("<svg ").count(), 2);
    /// ```
    pub fn plots<'a>(self, plots: impl IntoIterator<Item = &'a Plot>) -> Page {
        let mut html = String::from("<div class=\"plots\">");
        for plot in plots {
            let [head, body] = plot.without_style();
            html += &format!("<figure>{head}{}</figure>", body.trim_end());
        }
        self.add(format_args!("{html}</div>"))
    }

    /// Adds text as it is, in letters of one width; it scrolls in a box of its own.
    ///
    /// # Examples
    ///
    /// See [`Page`].
    pub fn preformatted(self, text: &str) -> Page {
        self.add(format_args!("<pre tabindex=\"0\">{}</pre>", escaped(text)))
    }

    /// Adds a picture that is SVG already, with what it shows in words. It is put in as an image, so that neither its names nor its style nor a script
    /// in it reaches the page.
    ///
    /// # Examples
    ///
    /// ```
    /// let page = ppl_report::Page::new("Graph").svg("a <dot>", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    /// assert!(page.html().contains("<img alt=\"a &lt;dot&gt;\" src=\"data:image/svg+xml,%3Csvg xmlns=%22http"));
    /// ```
    pub fn svg(self, what: &str, svg: &str) -> Page {
        let mut data = String::with_capacity(svg.len() + svg.len() / 4);
        for c in svg.chars() {
            match c {
                '<' | '>' | '#' | '%' | '&' | '"' | '\'' | '\n' | '\r' | '\t' => {
                    let _ = write!(data, "%{:02X}", c as u32);
                }
                c => data.push_str(&escaped(c.encode_utf8(&mut [0; 4]))),
            }
        }
        self.add(format_args!(
            "<div class=\"scroll\" tabindex=\"0\"><img alt=\"{}\" src=\"data:image/svg+xml,{data}\"/></div>",
            escaped(what)
        ))
    }

    /// Returns the page.
    ///
    /// # Examples
    ///
    /// See [`Page`].
    pub fn html(&self) -> String {
        let title = escaped(&self.title);
        let links = self.sections.iter().enumerate();
        let links: String =
            links.map(|(k, section)| format!("<a href=\"#s{}\">{}</a> ", k + 1, escaped(section))).collect();
        let links = if self.sections.len() > 1 {
            format!("<nav>{}</nav>\n", links.trim_end())
        } else {
            String::new()
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{title}</title>\n\
             <style>{}{PAGE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{links}{}</main>\n</body>\n</html>\n",
            style::pictures(),
            self.body
        )
    }

    /// Writes the page into a file, which is replaced if there is one.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; the error names it.
    ///
    /// # Examples
    ///
    /// ```
    /// let path = std::env::temp_dir().join(format!("ppl-page-{}.html", std::process::id()));
    /// let page = ppl_report::Page::new("A fit");
    /// page.write(&path)?;
    /// assert_eq!(std::fs::read_to_string(&path)?, page.html());
    /// let error = page.write("no/such/folder/fit.html").unwrap_err();
    /// assert!(error.to_string().starts_with("no/such/folder/fit.html: "));
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        write(path.as_ref(), &self.html())
    }
}

/// Returns escaped text, in which what stands between two backticks is code.
fn with_code(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without its second is one.
    let closed = (parts.len() - 1) / 2 * 2;
    let mut html = escaped(parts[0]);
    for (k, part) in parts.iter().enumerate().skip(1) {
        html += match (k > closed, k % 2) {
            (true, _) => "`",
            (false, 1) => "<code>",
            (false, _) => "</code>",
        };
        html += &escaped(part);
    }
    html
}

/// The rules of the page itself; the colours are those of the pictures.
const PAGE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;background:var(--ppl-paper);color:var(--ppl-ink);font:16px/1.5 system-ui,sans-serif}\
main{max-width:74rem;margin:0 auto;padding:1rem}\
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}\
p{max-width:46rem;overflow-wrap:anywhere}\
a{color:var(--ppl-first)}nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem}\
.good,.bad{border-left:4px solid var(--ppl-third);padding-left:.75rem}.bad{border-color:var(--ppl-second)}\
.scroll,pre{overflow:auto;max-width:100%}.scroll img{max-width:none}\
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}\
th,td{padding:.2rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid color-mix(in srgb,var(--ppl-muted) 25%,transparent)}\
th{font-weight:600}tbody th{font-weight:400}th:first-child{text-align:left;padding-left:0;position:sticky;left:0;background:var(--ppl-paper)}\
code{font-size:.9em}pre{font-size:.8rem;line-height:1.4;max-height:32rem}\
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));gap:1rem}\
figure{margin:0;max-width:34rem}figure svg{display:block;width:100%;height:auto}";

#[cfg(test)]
mod tests {
    use super::with_code;

    #[test]
    fn backticks_are_code() {
        assert_eq!(
            with_code("try `.steps(<n>)`, or `b`"),
            "try <code>.steps(&lt;n&gt;)</code>, or <code>b</code>"
        );
        assert_eq!(
            with_code("one ` alone, `two` and ` more"),
            "one <code> alone, </code>two<code> and </code> more"
        );
        assert_eq!(with_code("one ` alone"), "one ` alone");
        assert_eq!(with_code(""), "");
    }
}
