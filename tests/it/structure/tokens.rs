//! Token trees of a Rust file, each with its line.
//!
//! The lexer is the compiler's own. Paths inside macros have no syntax tree, but they do have tokens, so one walk over
//! tokens finds them all.

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

/// One token, or a bracketed group of them.
#[derive(Debug)]
pub(crate) enum Tree<'s> {
    /// An identifier or a keyword.
    Ident(&'s str, usize),
    /// One character of punctuation.
    Punct(char),
    /// What stands between two brackets; the character is the opening one.
    Group(char, Vec<Tree<'s>>),
    /// A literal or a lifetime.
    Other,
}

impl<'s> Tree<'s> {
    pub(crate) fn ident(&self) -> Option<&'s str> {
        match *self {
            Self::Ident(name, _) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn is_ident(&self, name: &str) -> bool {
        self.ident() == Some(name)
    }

    pub(crate) fn is_punct(&self, punct: char) -> bool {
        matches!(*self, Self::Punct(found) if found == punct)
    }

    pub(crate) fn group(&self, open: char) -> Option<&[Self]> {
        match self {
            Self::Group(found, trees) if *found == open => Some(trees),
            _ => None,
        }
    }
}

/// Reads a file. Comments and white space are left out.
///
/// # Errors
///
/// The line of a bracket that has no partner.
pub(crate) fn read(text: &str) -> Result<Vec<Tree<'_>>, String> {
    let mut open: Vec<(char, usize, Vec<Tree<'_>>)> = Vec::new();
    let mut trees = Vec::new();
    let (mut at, mut line) = (0, 1);
    for token in tokenize(text, FrontmatterAllowed::No) {
        let source = &text[at..at + token.len as usize];
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => {}
            TokenKind::Ident => trees.push(Tree::Ident(source, line)),
            TokenKind::RawIdent => trees.push(Tree::Ident(&source[2..], line)),
            TokenKind::OpenParen | TokenKind::OpenBrace | TokenKind::OpenBracket => {
                open.push((first(source), line, std::mem::take(&mut trees)));
            }
            TokenKind::CloseParen | TokenKind::CloseBrace | TokenKind::CloseBracket => {
                let (bracket, _, outer) = open
                    .pop()
                    .ok_or_else(|| format!("line {line}: nothing is open to be closed by {source}"))?;
                let inner = std::mem::replace(&mut trees, outer);
                trees.push(Tree::Group(bracket, inner));
            }
            TokenKind::Literal { .. } | TokenKind::Lifetime { .. } | TokenKind::RawLifetime => {
                trees.push(Tree::Other);
            }
            _ => trees.push(Tree::Punct(first(source))),
        }
        at += source.len();
        line += source.matches('\n').count();
    }
    match open.pop() {
        Some((bracket, line, _)) => Err(format!("line {line}: {bracket} is never closed")),
        None => Ok(trees),
    }
}

fn first(source: &str) -> char {
    source.chars().next().expect("a token has a character")
}
