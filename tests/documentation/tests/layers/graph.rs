//! The files that import each other, and the imports that break a rule.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{File, Import};
use super::order::{DOCUMENTATION, may_import, rank};

pub(super) struct Crate {
    pub(super) files: Vec<File>,
    pub(super) modules: BTreeMap<Vec<String>, usize>,
}

/// Where a path leads.
pub(super) struct Target {
    /// The file that defines the item, through every re-export that is found.
    pub(super) file: usize,
    /// The file of the innermost module that the path names.
    pub(super) module: usize,
}

impl Crate {
    pub(super) fn new(sources: &[(String, String)]) -> Self {
        let files: Vec<_> = sources
            .iter()
            .filter(|(name, _)| name.split('/').next() != Some(DOCUMENTATION))
            .map(|(name, text)| File::new(name, text))
            .collect();
        let modules = files
            .iter()
            .enumerate()
            .map(|(index, file)| (file.module.clone(), index))
            .collect();
        Self { files, modules }
    }

    pub(super) fn target(&self, path: &[String]) -> Option<Target> {
        let mut path = path.to_vec();
        let mut first_module = None;
        // Each turn follows one re-export; a circle of them does not compile.
        for _ in 0..self.files.len() {
            let length = (0..=path.len())
                .rev()
                .find(|length| self.modules.contains_key(&path[..*length]))?;
            let module = self.modules[&path[..length]];
            let target = Target {
                file: module,
                module: *first_module.get_or_insert(module),
            };
            let Some(name) = path.get(length) else {
                return Some(target);
            };
            if length == 0 {
                let defines = |file: &File| file.exported_macros.contains(name);
                if let Some(file) = self.files.iter().position(defines) {
                    return Some(Target { file, module: file });
                }
            }
            let file = &self.files[module];
            let export = file.imports.iter().find(|import| {
                import.is_use && import.name == *name && import.path[..] != path[..]
            });
            match export {
                Some(export) if file.is_root => {
                    path = [&export.path[..], &path[length + 1..]].concat();
                }
                _ => return Some(target),
            }
        }
        None
    }

    /// Every import of another file: importing file, its import, imported file.
    pub(super) fn edges(&self) -> Vec<(usize, &Import, usize)> {
        let mut edges = Vec::new();
        for (from, file) in self.files.iter().enumerate() {
            for import in &file.imports {
                let target = self.target(&import.path);
                edges.extend(target.map(|target| (from, import, target.file)));
            }
        }
        edges.retain(|(from, _, to)| from != to);
        edges
    }

    /// Everything that breaks a rule, a line for each.
    pub(super) fn findings(&self) -> Vec<String> {
        let mut findings = BTreeSet::new();
        let show = |from: usize, import: &Import, what: &str| {
            let name = &self.files[from].name;
            format!("{name}:{}: `{}` {what}", import.line, import.text)
        };
        for file in &self.files {
            match file.module.first() {
                Some(module) if rank(module).is_none() => {
                    findings.insert(format!("{}: `{module}` is in no layer", file.name));
                }
                _ => {}
            }
            if let Some(line) = file.code_at.filter(|_| file.is_root) {
                let name = &file.name;
                findings.insert(format!("{name}:{line}: code other than `mod` and `use`"));
            }
            let from = self.modules[&file.module];
            for import in &file.imports {
                let Some(target) = self.target(&import.path) else {
                    continue;
                };
                let module = &self.files[target.module];
                // A macro names items of its own file by paths that are valid in other crates.
                let is_own = target.file == from;
                let is_above = module.module.len() < file.module.len()
                    && file.module.starts_with(&module.module);
                if is_above && !is_own {
                    let what = format!("imports from {}", module.name);
                    findings.insert(show(from, import, &what));
                }
            }
        }
        let edges = self.edges();
        for (from, import, to) in &edges {
            let top = |file: usize| self.files[file].module.first();
            if let (Some(from_module), Some(to_module)) = (top(*from), top(*to))
                && !may_import(from_module, to_module)
            {
                let what = format!("imports upward, from {}", self.files[*to].name);
                findings.insert(show(*from, import, &what));
            }
        }
        let reached = self.reached(&edges);
        for (from, import, to) in &edges {
            if reached[*to].contains(from) {
                let what = format!("is part of a cycle with {}", self.files[*to].name);
                findings.insert(show(*from, import, &what));
            }
        }
        findings.into_iter().collect()
    }

    /// For each file, all files that it imports, directly or through others.
    pub(super) fn reached(&self, edges: &[(usize, &Import, usize)]) -> Vec<BTreeSet<usize>> {
        let all = 0..self.files.len();
        all.map(|start| {
            let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
            while let Some(file) = open.pop() {
                for (from, _, to) in edges {
                    if *from == file && reached.insert(*to) {
                        open.push(*to);
                    }
                }
            }
            reached
        })
        .collect()
    }
}
