//! The sources as the rules see them: the names that each file uses outside of tests.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item};

/// One file of `src`.
pub struct Source {
    /// Relative to the root of the workspace.
    pub path: String,
    /// Its module path, split: `tools::jobs::fetch_jobs` has three items.
    pub module: Vec<String>,
    /// The paths that it uses, from the crate's root.
    pub names: Vec<Vec<String>>,
    /// All its identifiers.
    pub words: HashSet<String>,
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The files with an extension in a folder and its subfolders, relative to the root of the workspace.
pub fn files(below: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(root().join(below)) else { panic!("there is no folder {below}") };
    for entry in entries {
        let entry = entry.expect("an entry");
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(&path, extension));
        } else if path.ends_with(&format!(".{extension}")) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// All files of `src`, except tests.
pub fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut of_tests = HashSet::new();
    for path in files("src", "rs") {
        let text = fs::read_to_string(root().join(&path)).expect("a text");
        let (source, tests) = read(&path, &text);
        of_tests.extend(tests);
        sources.push(source);
    }
    sources.retain(|source| !(1..=source.module.len()).any(|length| of_tests.contains(&source.module[..length])));
    assert!(sources.len() > 100, "the sources were not found");
    sources
}

/// Reads a file. Also returns the modules that it declares for tests only.
pub fn read(path: &str, text: &str) -> (Source, Vec<Vec<String>>) {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let module: Vec<String> =
        if inner == "lib" || inner == "mod" { Vec::new() } else { inner.split('/').map(str::to_owned).collect() };
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut source = Source { path: path.to_owned(), module: module.clone(), names: Vec::new(), words: HashSet::new() };
    let mut tests = Vec::new();
    for attribute in &file.attrs {
        source.take(attribute.to_token_stream(), &module);
    }
    for item in file.items {
        match &item {
            Item::Mod(inner) if is_for_tests(&inner.attrs) => {
                tests.push([&module[..], &[inner.ident.to_string()]].concat());
            }
            _ if is_for_tests(attributes(&item)) => {}
            _ => source.take(item.to_token_stream(), &module),
        }
    }
    (source, tests)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The conditions under which code is a test. Any other (`any(test, debug_assertions)`) may also hold in a build that is used.
const FOR_TESTS: &[&str] = &["#[cfg(test)]", "#[cfg(any(test,feature=\"pg_test\"))]"];

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute.to_token_stream().to_string().replace(' ', "");
        FOR_TESTS.contains(&condition.as_str())
    })
}

impl Source {
    fn take(&mut self, tokens: TokenStream, module: &[String]) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < trees.len() {
            match &trees[at] {
                // The scope of a visibility (`pub(in crate::tools)`) is no use.
                TokenTree::Ident(word) if word == "pub" && is_parenthesis(trees.get(at + 1)) => at += 2,
                TokenTree::Ident(word) => {
                    let text = word.to_string();
                    let from = match text.as_str() {
                        "crate" => Some(Vec::new()),
                        "super" => Some(module[..module.len().saturating_sub(1)].to_vec()),
                        "self" => Some(module.to_vec()),
                        _ => None,
                    };
                    self.words.insert(text);
                    at += 1;
                    let is_renamed = matches!(trees.get(at), Some(TokenTree::Ident(next)) if next == "as");
                    match from {
                        Some(from) if is_path(&trees, at) => at = self.take_path(from, &trees, at, module),
                        Some(from) if is_renamed => self.names.push(from),
                        _ => {}
                    }
                }
                TokenTree::Group(group) => {
                    self.take(group.stream(), module);
                    at += 1;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => at += 1,
            }
        }
    }

    /// Reads the rest of a path after `from`, including `use` trees in braces. Returns the position after it.
    fn take_path(&mut self, mut from: Vec<String>, trees: &[TokenTree], mut at: usize, module: &[String]) -> usize {
        while is_path(trees, at) {
            match trees.get(at + 2) {
                Some(TokenTree::Ident(part)) if part == "super" => {
                    from.pop();
                }
                Some(TokenTree::Ident(part)) => {
                    self.words.insert(part.to_string());
                    from.push(part.to_string());
                }
                Some(TokenTree::Group(group)) => {
                    self.take_tree(&from, group.stream(), module);
                    return at + 3;
                }
                _ => break,
            }
            at += 3;
        }
        self.names.push(from);
        at
    }

    fn take_tree(&mut self, from: &[String], tokens: TokenStream, module: &[String]) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        for branch in trees.split(|tree| matches!(tree, TokenTree::Punct(comma) if comma.as_char() == ',')) {
            match branch.first() {
                Some(TokenTree::Ident(first)) if first == "self" => self.names.push(from.to_vec()),
                Some(TokenTree::Ident(first)) if first == "super" => {
                    let from = from[..from.len().saturating_sub(1)].to_vec();
                    self.take_path(from, branch, 1, module);
                }
                Some(TokenTree::Ident(first)) => {
                    self.words.insert(first.to_string());
                    let from = [from, &[first.to_string()]].concat();
                    self.take_path(from, branch, 1, module);
                }
                _ => self.names.push(from.to_vec()),
            }
        }
    }
}

fn is_parenthesis(tree: Option<&TokenTree>) -> bool {
    matches!(tree, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

/// Whether there is a `::` at this position.
fn is_path(trees: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(trees.get(at), Some(TokenTree::Punct(colon)) if colon.as_char() == ':');
    colon(at) && colon(at + 1)
}
