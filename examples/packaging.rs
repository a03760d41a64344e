//! Writes the man pages and the shell completions of both programs, for packages.
//!
//! `cargo run --example packaging -- FOLDER`; without a folder to `target/packaging`. Prints each file that it wrote.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::Shell;

fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("target/packaging"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    for command in [oddlog::client::Args::command(), oddlog::http::Config::command()] {
        man_pages(&command, &folder)?;
        completions(command, &folder)?;
    }
    Ok(())
}

/// One page for a program, and one for each of its subcommands.
fn man_pages(command: &Command, folder: &Path) -> io::Result<()> {
    clap_mangen::generate_to(command.clone(), folder)?;
    for page in fs::read_dir(folder)? {
        let page = page?.path();
        let is_page = page.extension().is_some_and(|ending| ending == "1");
        let is_ours =
            page.file_stem().is_some_and(|name| name.to_string_lossy().starts_with(command.get_name()));
        if is_page && is_ours {
            told(&page);
        }
    }
    Ok(())
}

fn completions(mut command: Command, folder: &Path) -> io::Result<()> {
    let name = command.get_name().to_owned();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        told(&clap_complete::generate_to(shell, &mut command, &name, folder)?);
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what this program is there to say")]
fn told(path: &Path) {
    println!("{}", path.display());
}
