use std::fs;
use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules in the order of lib.rs, which is the order in which a line flows.
fn modules() -> Vec<String> {
    let lib = fs::read_to_string(source().join("lib.rs")).expect("lib.rs is readable");
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

fn rust_files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("the folder is readable") {
            rust_files(&entry.expect("the entry is readable").path(), found);
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        found.push(path.to_owned());
    }
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let folder = source().join(module);
    if folder.is_dir() {
        rust_files(&folder, &mut files);
    }
    let file = source().join(format!("{module}.rs"));
    if file.exists() {
        files.push(file);
    }
    assert!(!files.is_empty(), "module `{module}` has files");
    files
}

/// The modules that a file's code names, its unit tests left out.
fn imports(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("the file is readable");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split("crate::").skip(1).map(str::to_owned).collect::<Vec<_>>())
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect())
        .collect()
}

#[test]
fn imports_point_only_to_modules_that_come_before() {
    let modules = modules();
    assert!(modules.len() > 10, "{modules:?}");
    let mut wrong = Vec::new();
    for (position, module) in modules.iter().enumerate() {
        for file in files_of(module) {
            for import in imports(&file) {
                if modules.iter().position(|m| *m == import).is_some_and(|p| p > position) {
                    wrong.push(format!("{} names crate::{import}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_makes_a_report_does_no_io_and_reads_no_clock() {
    let pure = [
        "entry", "linalg", "parse", "tokenize", "ml", "state", "template", "columns", "features", "report",
        "analysis",
    ];
    let forbidden = [
        "std::fs",
        "std::net",
        "std::env",
        "std::io",
        "SystemTime",
        "Instant::now",
        "Utc::now",
        "Local::now",
    ];
    let mut wrong = Vec::new();
    for file in pure.iter().flat_map(|module| files_of(module)) {
        let text = fs::read_to_string(&file).expect("the file is readable");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in forbidden.iter().filter(|word| code.contains(**word)) {
            wrong.push(format!("{} uses {word}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn kernels_know_numbers_not_logs() {
    for file in files_of("ml").iter().chain(&files_of("linalg")) {
        for import in imports(file) {
            assert!(["ml", "linalg"].contains(&import.as_str()), "{} names crate::{import}", file.display());
        }
    }
}

#[test]
fn bincode_is_named_in_one_file_only() {
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    let naming: Vec<_> = files
        .iter()
        .filter(|file| {
            let text = fs::read_to_string(file).expect("the file is readable");
            text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains("bincode::"))
        })
        .map(|file| file.strip_prefix(source()).expect("below src").display().to_string())
        .collect();
    assert_eq!(naming, ["store/codec.rs"]);
}
