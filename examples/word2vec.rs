//! word2vec on a handful of event templates: which words are used alike. Prints the nearest words of three; run with
//! `cargo run --example word2vec`.

#![expect(clippy::print_stdout, reason = "an example prints what it shows")]

use oddlog::ml::word2vec::{Word2Vec, Word2VecParams, log_repetitions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Templates without their variables, and how often each occurred.
    let templates = [
        ("connection opened from client", 900),
        ("connection closed from client", 880),
        ("session opened for user", 300),
        ("session closed for user", 290),
        ("disk full on volume", 3),
        ("disk failed on volume", 2),
        ("fan failed on board", 2),
        ("fan stopped on board", 1),
    ];
    let mut words: Vec<&str> = templates.iter().flat_map(|(template, _)| template.split(' ')).collect();
    words.sort_unstable();
    words.dedup();
    let term = |word: &str| words.binary_search(&word).expect("the word is in a template");
    let sentences: Vec<(Vec<u32>, u32)> = templates
        .iter()
        .map(|(template, count)| {
            (template.split(' ').map(|word| term(word) as u32).collect(), log_repetitions(*count))
        })
        .collect();

    let word2vec = Word2Vec::fit(&sentences, words.len(), &Word2VecParams::default())?;
    for word in ["opened", "user", "full"] {
        let nearest = word2vec.nearest(term(word), 3);
        let nearest: Vec<String> =
            nearest.iter().map(|(term, cos)| format!("{} {cos:.2}", words[*term])).collect();
        println!("{word}: {}", nearest.join(", "));
    }
    assert_eq!(words[word2vec.nearest(term("opened"), 1)[0].0], "closed");
    Ok(())
}
