//! Fenced blocks of a page: what comes in is Markdown, what goes out is each fence with its words, its text and its line.

#![allow(dead_code, reason = "each test uses its part of it")]

/// A fenced block.
pub struct Fence {
    /// The words behind the opening fence.
    pub info: String,
    /// The text in it, each line with its end.
    pub text: String,
    /// The line of the opening fence, from 1.
    pub line: usize,
}

impl Fence {
    /// What follows `KEY=` among its words.
    pub fn said(&self, key: &str) -> Option<&str> {
        self.info.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }
}

/// All of a page, in order. One that is never closed is none.
pub fn fences(page: &str) -> Vec<Fence> {
    let mut all = Vec::new();
    let mut open: Option<Fence> = None;
    for (index, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(""), Some(_)) => all.extend(open.take()),
            (Some(info), None) => open = Some(Fence { info: info.to_owned(), text: String::new(), line: index + 1 }),
            (_, Some(fence)) => {
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            _ => {}
        }
    }
    all
}
