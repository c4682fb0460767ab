//! Text that goes into HTML.

use std::fmt::{self, Display, Write};

/// Shown as it is, whatever it holds.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string().chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        let shown = Text("<a href='x' title=\"y\">&").to_string();
        assert_eq!(shown, "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;");
    }
}
