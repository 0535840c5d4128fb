//! Which file of `src/` imports from which: read from tokens, with re-exports followed to the file that defines the item.
//!
//! A `pub use` opens a door and is no import of its own, and naming a module is none either: what counts is the file that
//! defines the item which is used. Code under `#[cfg(test)]` and folders named `tests` are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Segments after `crate`.
type ModulePath = Vec<String>;

/// One source file: a module with what its `use` declarations bring into scope.
#[derive(Default)]
pub(crate) struct Source {
    /// Path below `src/`, as in `graph/edge.rs`.
    pub(crate) file: String,
    module: ModulePath,
    /// Name in scope, the path behind it, and whether it is re-exported.
    uses: Vec<(String, ModulePath, bool)>,
    /// Modules of which everything is brought into scope.
    globs: Vec<(ModulePath, bool)>,
    /// Paths written out in code, from `crate`, `self`, `super` or a name in scope.
    written: Vec<Vec<String>>,
    /// Every identifier outside `use` declarations.
    words: BTreeSet<String>,
    /// Modules that stand in files of their own.
    modules: BTreeSet<String>,
}

/// All sources below a directory, by module.
pub(crate) struct Sources(BTreeMap<ModulePath, Source>);

/// Import from file to file.
pub(crate) type Imports = BTreeSet<(String, String)>;

impl Sources {
    pub(crate) fn read(src: &Path) -> Self {
        let mut found = BTreeMap::new();
        collect(src, &[], &mut found);
        let modules: BTreeSet<ModulePath> = found.keys().cloned().collect();
        for source in found.values_mut() {
            source.anchor(&modules);
        }
        Self(found)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|source| source.file.as_str())
    }

    /// Files that no module declares: the compiler never sees them.
    pub(crate) fn undeclared(&self) -> Vec<&str> {
        let declared = |module: &ModulePath| {
            let Some((name, parent)) = module.split_last() else { return true };
            self.0.get(parent).is_some_and(|source| source.modules.contains(name))
        };
        self.0.iter().filter(|(module, _)| !declared(module)).map(|(_, source)| source.file.as_str()).collect()
    }

    /// Every import from one file to another.
    pub(crate) fn imports(&self) -> Imports {
        let mut found = BTreeSet::new();
        for source in self.0.values() {
            let mut targets = Vec::new();
            for (name, path, public) in &source.uses {
                if !public || source.words.contains(name) {
                    targets.extend(self.definition(path, 0));
                }
            }
            targets.extend(source.globs.iter().filter(|(_, public)| !public).filter_map(|(path, _)| self.0.get(path)));
            targets.extend(source.written.iter().filter_map(|path| self.definition(&self.absolute(source, path)?, 0)));
            for target in targets {
                if target.file != source.file {
                    found.insert((source.file.clone(), target.file.clone()));
                }
            }
        }
        found
    }

    /// The path from `crate` of a path as it is written in a file; nothing where it begins with a name from elsewhere.
    fn absolute(&self, source: &Source, path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        if let Some(absolute) = anchored(&source.module, path) {
            return Some(absolute);
        }
        let named = source.uses.iter().find(|(name, _, _)| name == first).map(|(_, target, _)| target.clone());
        let child = [source.module.as_slice(), std::slice::from_ref(first)].concat();
        let start = named.or_else(|| self.0.contains_key(&child).then_some(child))?;
        Some([start.as_slice(), rest].concat())
    }

    /// The file that defines what a path names; nothing where it names a module or something outside the crate.
    fn definition(&self, path: &[String], depth: usize) -> Option<&Source> {
        assert!(depth < 20, "re-exports in a circle at {path:?}");
        let mut module: ModulePath = Vec::new();
        for (at, segment) in path.iter().enumerate() {
            let inner = [module.as_slice(), std::slice::from_ref(segment)].concat();
            if self.0.contains_key(&inner) {
                module = inner;
                continue;
            }
            let source = self.0.get(&module)?;
            if let Some((_, target, _)) = source.uses.iter().find(|(name, _, _)| name == segment) {
                let rest = path.get(at + 1..).unwrap_or_default();
                return self.definition(&[target.as_slice(), rest].concat(), depth + 1);
            }
            let behind = source.globs.iter().filter(|(_, public)| *public).find_map(|(glob, _)| {
                let found = self.definition(&[glob.as_slice(), std::slice::from_ref(segment)].concat(), depth + 1)?;
                found.words.contains(segment).then_some(found)
            });
            return behind.or(Some(source));
        }
        None
    }
}

fn collect(dir: &Path, module: &[String], found: &mut BTreeMap<ModulePath, Source>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let inner = [module, std::slice::from_ref(&stem)].concat();
        if path.is_dir() {
            if stem != "tests" {
                collect(&path, &inner, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") && stem != "main" {
            let module = if stem == "mod" || stem == "lib" { module.to_vec() } else { inner };
            let mut file = module.join("/");
            file += match stem.as_str() {
                "lib" => "lib.rs",
                "mod" => "/mod.rs",
                _ => ".rs",
            };
            let text = fs::read_to_string(&path).unwrap();
            let mut source = Source { file, module, ..Source::default() };
            let tokens = TokenStream::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            source.scan(&tokens.into_iter().collect::<Vec<_>>());
            found.insert(source.module.clone(), source);
        }
    }
}

/// A path that begins with `crate`, `self` or `super`, from `crate` on.
fn anchored(module: &[String], path: &[String]) -> Option<ModulePath> {
    let (first, rest) = path.split_first()?;
    let (mut start, mut rest) = match first.as_str() {
        "crate" => (Vec::new(), rest),
        "self" => (module.to_vec(), rest),
        "super" => (module.to_vec(), path),
        _ => return None,
    };
    while rest.first().is_some_and(|segment| segment == "super") {
        start.pop();
        rest = rest.get(1..).unwrap_or_default();
    }
    Some([start.as_slice(), rest].concat())
}

impl Source {
    fn scan(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        let mut public = false;
        while let Some(token) = tokens.get(at) {
            let word = token.to_string();
            if word == "#"
                && tokens.get(at + 1).is_some_and(|attribute| attribute.to_string().replace(' ', "") == "[cfg(test)]")
            {
                at = after_item(tokens, at + 2);
            } else if word == "use" && tokens.get(at + 1).is_some_and(|next| next.to_string() != "<") {
                let end =
                    tokens.iter().skip(at).position(|token| token.to_string() == ";").map_or(tokens.len(), |p| at + p);
                self.declaration(&[], tokens.get(at + 1..end).unwrap_or_default(), public);
                at = end;
            } else if let TokenTree::Group(group) = token {
                self.scan(&group.stream().into_iter().collect::<Vec<_>>());
                at += 1;
                continue;
            } else if let TokenTree::Ident(_) = token {
                if word == "mod" && tokens.get(at + 2).is_some_and(|end| end.to_string() == ";") {
                    self.modules.extend(tokens.get(at + 1).map(ToString::to_string));
                }
                let (path, end) = written_path(tokens, at);
                self.words.extend(path.iter().cloned());
                if path.len() > 1 {
                    self.written.push(path);
                }
                at = end;
                public = word == "pub";
                continue;
            }
            public = false;
            at += 1;
        }
    }

    /// Turns what is in scope into paths from `crate`, and leaves out what other crates bring.
    fn anchor(&mut self, modules: &BTreeSet<ModulePath>) {
        let module = self.module.clone();
        let own = |path: &ModulePath| {
            let child = [module.as_slice(), path.get(..1).unwrap_or_default()].concat();
            anchored(&module, path).or_else(|| modules.contains(&child).then(|| [module.as_slice(), path].concat()))
        };
        self.uses =
            self.uses.iter().filter_map(|(name, path, public)| Some((name.clone(), own(path)?, *public))).collect();
        self.globs = self.globs.iter().filter_map(|(path, public)| Some((own(path)?, *public))).collect();
    }

    /// What a `use` tree brings into scope.
    fn declaration(&mut self, before: &[String], tokens: &[TokenTree], public: bool) {
        let mut path = before.to_vec();
        let mut alias = None;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    alias = tokens.get(at + 1).map(ToString::to_string);
                    break;
                }
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    for branch in inner.split(|token| token.to_string() == ",") {
                        self.declaration(&path, branch, public);
                    }
                    return;
                }
                TokenTree::Punct(point) if point.as_char() == '*' => {
                    self.globs.push((path, public));
                    return;
                }
                _ => {}
            }
        }
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        if let Some(last) = path.last().cloned() {
            self.uses.push((alias.unwrap_or(last), path, public));
        }
    }
}

/// The path that begins at an identifier, and where it ends.
fn written_path(tokens: &[TokenTree], start: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut at = start;
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        path.push(word.to_string());
        at += 1;
        let colons = (at..at + 2).all(|i| tokens.get(i).is_some_and(|token| token.to_string() == ":"));
        if !colons {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// Where the item that begins here has ended: after its block, or after `;`.
fn after_item(tokens: &[TokenTree], start: usize) -> usize {
    let end = tokens.iter().skip(start).position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        other => other.to_string() == ";",
    });
    end.map_or(tokens.len(), |offset| start + offset)
}
