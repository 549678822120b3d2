//! Modules of a crate: their files, what they define and import, and the paths that they name.

use std::collections::BTreeMap;

use super::tokens::{self, Tree};

/// Files of a crate: the path below its source folder, and the text.
pub(crate) type Files = BTreeMap<String, String>;

/// A crate, or the binary beside one.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Name of the library, as paths write it.
    pub(crate) name: String,
    pub(crate) modules: Vec<Module>,
    /// Roots of the module trees, the library first: `lib.rs`, `main.rs`.
    pub(crate) roots: Vec<usize>,
    /// `macro_rules!` macros, which every module below them sees without an import, and their files.
    pub(crate) macros: BTreeMap<String, String>,
}

/// A module.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) file: String,
    /// Folder that holds the files of its child modules, ending in a slash, or empty.
    folder: String,
    pub(crate) root: usize,
    pub(crate) parent: Option<usize>,
    /// Whether only tests have it.
    pub(crate) test: bool,
    pub(crate) names: BTreeMap<String, Name>,
    pub(crate) globs: Vec<Vec<String>>,
    pub(crate) paths: Vec<Path>,
}

/// What a name in a module stands for.
#[derive(Debug)]
pub(crate) enum Name {
    /// A child module.
    Module(usize),
    /// An item that the module defines.
    Item,
    /// An import of this path.
    Import { path: Vec<String>, public: bool },
}

/// A path that a module names.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    pub(crate) import: bool,
    /// Whether only tests name it.
    pub(crate) test: bool,
}

/// First segment of a path that begins with `::` and so leaves the crate.
pub(crate) const ABSOLUTE: &str = "::";

/// Keywords that come before the name of an item.
const ITEMS: [&str; 9] = ["struct", "enum", "union", "trait", "type", "fn", "const", "static", "mut"];

impl Source {
    /// Reads a crate from `lib.rs` and `main.rs`.
    ///
    /// # Errors
    ///
    /// The file that does not parse, or that a `mod` declares and that does not exist.
    pub(crate) fn read(name: &str, files: &Files) -> Result<Self, String> {
        let mut source = Self { name: name.replace('-', "_"), ..Self::default() };
        for root in ["lib.rs", "main.rs"].into_iter().filter(|root| files.contains_key(*root)) {
            let id = source.modules.len();
            source.roots.push(id);
            source.file(files, root.to_owned(), String::new(), id, None, false)?;
        }
        Ok(source)
    }

    fn file(
        &mut self,
        files: &Files,
        file: String,
        folder: String,
        root: usize,
        parent: Option<usize>,
        test: bool,
    ) -> Result<usize, String> {
        let trees = tokens::read(&files[&file]).map_err(|error| format!("{file}: {error}"))?;
        let id = self.module(file, folder, root, parent, test);
        self.walk(files, id, &trees, true, test)?;
        Ok(id)
    }

    fn module(
        &mut self,
        file: String,
        folder: String,
        root: usize,
        parent: Option<usize>,
        test: bool,
    ) -> usize {
        let (names, globs, paths) = Default::default();
        self.modules.push(Module { file, folder, root, parent, test, names, globs, paths });
        self.modules.len() - 1
    }

    /// Reads what stands in a module, or, if not at the level of its items, inside one of them.
    fn walk(
        &mut self,
        files: &Files,
        id: usize,
        trees: &[Tree<'_>],
        at_items: bool,
        in_test: bool,
    ) -> Result<(), String> {
        let mut test_until = 0;
        let mut public = false;
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            let test = in_test || at < test_until;
            let next = trees.get(at + 1);
            match tree {
                Tree::Punct('#') => {
                    let bang = usize::from(next.is_some_and(|next| next.is_punct('!')));
                    if let Some(attribute) = trees.get(at + 1 + bang).and_then(|tree| tree.group('[')) {
                        if is_test(attribute) {
                            test_until = test_until.max(end_of_item(trees, at + 2 + bang));
                        }
                        at += 1 + bang;
                    }
                }
                Tree::Ident("pub", _) => {
                    public = true;
                    at += usize::from(next.is_some_and(|next| next.group('(').is_some()));
                }
                Tree::Ident("mod", _) if let Some(name) = next.and_then(Tree::ident) => {
                    self.child(files, id, name, trees.get(at + 2), test)?;
                    public = false;
                    at += 2;
                }
                Tree::Ident("use", line) if !next.is_some_and(|next| next.is_punct('<')) => {
                    let end = trees[at..].iter().position(|tree| tree.is_punct(';'));
                    let end = at + end.ok_or_else(|| format!("line {line}: a `use` has no end"))?;
                    self.import(id, &trees[at + 1..end], &mut Vec::new(), public, test);
                    public = false;
                    at = end;
                }
                Tree::Ident("macro_rules", _) if let Some(name) = trees.get(at + 2).and_then(Tree::ident) => {
                    self.macros.insert(name.to_owned(), self.modules[id].file.clone());
                    self.modules[id].names.insert(name.to_owned(), Name::Item);
                    at += 2;
                }
                Tree::Ident(name, _) if ITEMS.contains(name) => {
                    if let Some(name) = next.and_then(Tree::ident).filter(|name| !ITEMS.contains(name)) {
                        if at_items {
                            self.modules[id].names.entry(name.to_owned()).or_insert(Name::Item);
                        }
                        at += 1;
                    }
                    public = false;
                }
                Tree::Ident(..) => at = self.path(id, trees, at, test),
                Tree::Group(_, inner) => self.walk(files, id, inner, false, test)?,
                Tree::Punct(_) | Tree::Other => {}
            }
            at += 1;
        }
        Ok(())
    }

    /// Reads `mod name;` or `mod name { … }`.
    fn child(
        &mut self,
        files: &Files,
        parent: usize,
        name: &str,
        body: Option<&Tree<'_>>,
        test: bool,
    ) -> Result<(), String> {
        let Module { file, folder, root, .. } = &self.modules[parent];
        let (file, root, below) = (file.clone(), *root, format!("{folder}{name}/"));
        let child = match body {
            Some(Tree::Group('{', trees)) => {
                let child = self.module(file, below, root, Some(parent), test);
                self.walk(files, child, trees, true, test)?;
                child
            }
            _ => {
                let candidates = [format!("{folder}{name}.rs"), format!("{below}mod.rs")];
                let found = candidates.iter().find(|path| files.contains_key(*path)).cloned();
                let found =
                    found.ok_or_else(|| format!("{file} declares `mod {name}`, which has no file"))?;
                self.file(files, found, below, root, Some(parent), test)?
            }
        };
        self.modules[parent].names.insert(name.to_owned(), Name::Module(child));
        Ok(())
    }

    /// Reads what follows `use`, or one of its groups.
    fn import(&mut self, id: usize, trees: &[Tree<'_>], prefix: &mut Vec<String>, public: bool, test: bool) {
        for branch in trees.split(|tree| tree.is_punct(',')) {
            let length = prefix.len();
            let mut alias = None;
            let mut glob = false;
            let mut line = 0;
            let mut at = 0;
            if prefix.is_empty() && branch.first().is_some_and(|tree| tree.is_punct(':')) {
                prefix.push(ABSOLUTE.to_owned());
            }
            while let Some(tree) = branch.get(at) {
                match tree {
                    Tree::Ident("as", _) => {
                        alias = branch.get(at + 1).and_then(Tree::ident);
                        break;
                    }
                    // `a::{self}` is `a`.
                    Tree::Ident("self", own) if prefix.len() > length || length > 0 => line = *own,
                    Tree::Ident(name, own) => {
                        prefix.push((*name).to_owned());
                        line = *own;
                    }
                    Tree::Punct('*') => glob = true,
                    Tree::Group(_, inner) => self.import(id, inner, prefix, public, test),
                    Tree::Punct(_) | Tree::Other => {}
                }
                at += 1;
            }
            let path = prefix.clone();
            prefix.truncate(length);
            let module = &mut self.modules[id];
            if glob {
                module.globs.push(path);
            } else if line > 0 && !matches!(branch.last(), Some(Tree::Group(..))) {
                if !public {
                    let segments = path.clone();
                    module.paths.push(Path { segments, line, import: true, test });
                }
                let name = alias.unwrap_or(&path[path.len() - 1]);
                if name != "_" && !(path.len() == 1 && path[0] == name) {
                    module.names.insert(name.to_owned(), Name::Import { path, public });
                }
            }
        }
    }

    /// Reads a path that begins at `at`, and returns where it ends.
    fn path(&mut self, id: usize, trees: &[Tree<'_>], at: usize, test: bool) -> usize {
        let before = |steps: usize| at.checked_sub(steps).map(|at| &trees[at]);
        let Tree::Ident(first, line) = trees[at] else { return at };
        let mut segments = vec![first.to_owned()];
        let mut end = at;
        while let [Tree::Punct(':'), Tree::Punct(':'), Tree::Ident(name, _), ..] = &trees[end + 1..] {
            segments.push((*name).to_owned());
            end += 3;
        }
        let is_field = segments.len() == 1 && trees.get(end + 1).is_some_and(|next| next.is_punct(':'));
        let is_member = before(1).is_some_and(|tree| tree.is_punct('.'))
            && !before(2).is_some_and(|tree| tree.is_punct('.'));
        let is_after_colons = before(1).is_some_and(|tree| tree.is_punct(':'))
            && before(2).is_some_and(|tree| tree.is_punct(':'));
        let is_rest = is_after_colons
            && before(3).is_some_and(|tree| !matches!(tree, Tree::Punct(punct) if *punct != '>'));
        if is_after_colons && !is_rest {
            segments.insert(0, ABSOLUTE.to_owned());
        }
        if !is_field && !is_member && !is_rest {
            if trees.get(end + 1).is_some_and(|next| next.is_punct('!')) && segments.len() == 1 {
                segments[0].push('!');
            }
            self.modules[id].paths.push(Path { segments, line, import: false, test });
        }
        end
    }
}

/// Whether an attribute makes what follows a part of tests alone.
fn is_test(attribute: &[Tree<'_>]) -> bool {
    fn mentions(trees: &[Tree<'_>], name: &str) -> bool {
        trees.iter().any(|tree| match tree {
            Tree::Group(_, inner) => mentions(inner, name),
            tree => tree.is_ident(name),
        })
    }
    match attribute {
        [Tree::Ident("test", _)] => true,
        [Tree::Ident("cfg", _), Tree::Group('(', condition)] => {
            (mentions(condition, "test") || mentions(condition, "doctest")) && !mentions(condition, "not")
        }
        _ => false,
    }
}

/// The end of the item that begins at `at`.
fn end_of_item(trees: &[Tree<'_>], at: usize) -> usize {
    let rest = &trees[at.min(trees.len())..];
    let length = rest.iter().position(|tree| tree.is_punct(';') || tree.group('{').is_some());
    length.map_or(trees.len(), |length| at + length + 1)
}
