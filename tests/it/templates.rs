//! Event templates: facts on small logs made by hand, laws, and floors on labelled logs where they are present.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use oddlog::template::{Distinct, Templates};
use oddlog::tokenize::{MAX_TOKENS, Sequence, Tokens, tokenize};
use proptest::prelude::*;

/// Messages, masked and mined.
struct Log {
    keys: Vec<u64>,
    distinct: BTreeMap<u64, (Sequence, u64)>,
    templates: Templates,
}

fn sequence(message: &str) -> (u64, Sequence) {
    let mut tokens = Tokens::default();
    tokenize(message, &mut tokens);
    (tokens.key(), tokens.to_sequence())
}

impl Log {
    fn of<S: AsRef<str>>(messages: &[S]) -> Self {
        let mut distinct: BTreeMap<u64, (Sequence, u64)> = BTreeMap::new();
        let mut keys = Vec::new();
        for message in messages {
            let (key, sequence) = sequence(message.as_ref());
            keys.push(key);
            distinct.entry(key).or_insert((sequence, 0)).1 += 1;
        }
        let templates = Templates::mine(&Self::list(&distinct));
        Self { keys, distinct, templates }
    }

    fn list(distinct: &BTreeMap<u64, (Sequence, u64)>) -> Vec<Distinct<'_>> {
        distinct.iter().map(|(&key, (sequence, count))| Distinct { key, sequence, count: *count }).collect()
    }

    fn events(&self) -> Vec<usize> {
        self.keys
            .iter()
            .map(|&key| self.templates.event_of(key).expect("every mined line has an event"))
            .collect()
    }

    fn texts(&self) -> Vec<&str> {
        self.templates.events().iter().map(|event| event.text.as_str()).collect()
    }
}

/// What may stand behind a colon, all unlike.
pub(crate) const ERRORS: [&str; 8] = [
    "timed out",
    "no such file or directory",
    "connection reset by peer",
    "permission denied for user ada",
    "[Errno 5] input output error",
    "quota of the disk exceeded",
    "broken pipe",
    "too many open files",
];

#[test]
fn lines_that_differ_in_numbers_addresses_and_paths_are_one_event() {
    let log = Log::of(&[
        "Deleting block blk_-17 file /mnt/dfs/blk_-17 for 10.0.0.1:50010",
        "Deleting block blk_99 file /mnt/dfs/current/blk_99 for 10.0.0.22:50010",
    ]);
    assert_eq!(log.texts(), ["Deleting block blk_<*> file <*> for <*>"]);
    // `blk_<*>` is a variable: its prefix is shown and is no word
    assert_eq!(log.templates.events()[0].words, ["deleting", "block", "file", "for"]);
}

/// Chinese, Japanese, Korean, Thai, Arabic (also with its own digits), Hebrew, Hindi, Russian: pairs that differ in a value.
#[test]
fn lines_of_any_script_that_differ_in_a_value_are_one_event_and_others_are_not() {
    let pairs = [
        ("用户12345登录成功", "用户67890登录成功", "用户<*>登录成功"),
        ("数据库连接超时，耗时3000毫秒", "数据库连接超时，耗时4.5毫秒", "数据库连接超时，耗时<*>毫秒"),
        (
            "文件上传完成：a_1.pdf（大小：10KB）",
            "文件上传完成：b_2.png（大小：9KB）",
            "文件上传完成：<*>（大小：<*>）",
        ),
        (
            "ユーザー123がログインしました。",
            "ユーザー4がログインしました。",
            "ユーザー<*>がログインしました。",
        ),
        ("ファイル「/a/b.txt」を開けません", "ファイル「/c.txt」を開けません", "ファイル「<*>」を開けません"),
        ("処理時間：１２３ミリ秒", "処理時間：４５ミリ秒", "処理時間：<*>ミリ秒"),
        ("사용자 42님이 로그인했습니다", "사용자 7님이 로그인했습니다", "사용자 <*>님이 로그인했습니다"),
        ("ผู้ใช้ 12 เข้าสู่ระบบแล้ว", "ผู้ใช้ 13 เข้าสู่ระบบแล้ว", "ผู้ใช้ <*> เข้าสู่ระบบแล้ว"),
        ("فشل الاتصال بعد ٣٠ ثانية", "فشل الاتصال بعد 45 ثانية", "فشل الاتصال بعد <*> ثانية"),
        (
            "המשתמש 55 התחבר מהכתובת 10.1.1.1",
            "המשתמש 66 התחבר מהכתובת 10.1.1.2",
            "המשתמש <*> התחבר מהכתובת <*>",
        ),
        ("उपयोगकर्ता १२ ने लॉगिन किया", "उपयोगकर्ता १३ ने लॉगिन किया", "उपयोगकर्ता <*> ने लॉगिन किया"),
        (
            "Пользователь №17 вошёл за 35мс",
            "Пользователь №18 вошёл за 4мс",
            "Пользователь №<*> вошёл за <*>мс",
        ),
    ];
    for (one, other, template) in pairs {
        assert_eq!(Log::of(&[one, other]).texts(), [template]);
    }
    for (one, other) in [
        ("用户12345登录成功", "用户777登录失败"),
        ("订单已取消：编号=1001", "订单已支付：编号=1002"),
        ("사용자 42님이 로그인했습니다", "사용자 42님이 로그아웃했습니다"),
        ("ユーザー123がログインしました。", "ユーザー123がログアウトしました。"),
    ] {
        assert_eq!(Log::of(&[one, other]).texts().len(), 2, "{one}, {other}");
    }
}

#[test]
fn opposites_stay_apart_however_alike_their_lines_are() {
    for (one, other) in [
        ("cupsd startup succeeded", "cupsd startup failed"),
        ("link 4 is up", "link 5 is down"),
        ("Started Session 3 of user alice.", "Stopped Session 4 of user alice."),
        ("Module ready: yes", "Module ready: no"),
        ("peer 10.0.0.1 connected after 5 ms", "peer 10.0.0.2 disconnected after 9 ms"),
        ("job state=up queue=3", "job state=down queue=4"),
    ] {
        // many lines of each, and a few others of the same shape
        let lines: Vec<&str> = (0..40).map(|i| if i % 2 == 0 { one } else { other }).collect();
        let log = Log::of(&lines);
        let events: BTreeSet<usize> = log.events().into_iter().collect();
        assert_eq!(events.len(), 2, "{one} / {other}: {:?}", log.texts());
    }
}

#[test]
fn a_word_with_many_values_in_one_sentence_is_a_variable() {
    let names =
        ["ada", "bob", "cyd", "dov", "eve", "fay", "gus", "hal", "ivo", "jan", "kim", "lea", "mia", "ned"];
    let lines: Vec<String> =
        names.iter().map(|name| format!("copied home of {name} to the archive")).collect();
    assert_eq!(Log::of(&lines).texts(), ["copied home of <*> to the archive"]);
}

#[test]
fn assigned_values_differ_within_one_event_and_keys_do_not() {
    let log = Log::of(&[
        "lock mode=shared owner=ada",
        "lock mode=exclusive owner=bob",
        "lock mode=shared waiter=bob",
    ]);
    assert_eq!(log.texts(), ["lock mode=<*> owner=<*>", "lock mode=shared waiter=bob"]);
}

#[test]
fn an_optional_part_in_brackets_does_not_make_another_event() {
    let log = Log::of(&[
        "example.org:80 close, 403 bytes sent, 426 bytes received, lifetime 00:02",
        "example.org:80 close, 1190 bytes (1.16 KB) sent, 1671 bytes (1.63 KB) received, lifetime 05:26",
        "example.net:443 close, 9311 bytes (9.09 MB) sent, 426 bytes received, lifetime <1 sec",
    ]);
    assert_eq!(log.templates.events().len(), 1, "{:?}", log.texts());
}

#[test]
fn lists_of_any_length_are_one_event() {
    let log = Log::of(&[
        "Compacting [Table(path='/a/1'), Table(path='/a/2')]",
        "Compacting [Table(path='/a/1'), Table(path='/a/2'), Table(path='/a/3'), Table(path='/b/4')]",
        "Compacting [Table(path='/c/9')]",
    ]);
    assert_eq!(log.templates.events().len(), 1, "{:?}", log.texts());
}

#[test]
fn a_list_or_record_written_out_is_one_value_however_many_elements_it_has() {
    let log = Log::of(&[
        "closing workers: []",
        "closing workers: ['ada', 'bob']",
        "closing workers: ['ada', 'bob', 'cyd', 'dov']",
        "state of job {'mode': None, 'name': 'ada'}",
        "state of job {}",
    ]);
    assert_eq!(log.texts(), ["closing workers: <*>", "state of job <*>"]);
}

#[test]
fn an_explanation_behind_a_colon_is_filled_in_where_one_beginning_has_many() {
    let lines: Vec<String> = ERRORS.iter().map(|error| format!("cannot read the index: {error}")).collect();
    let log = Log::of(&lines);
    assert_eq!(log.texts(), ["cannot read the index: <*>"]);
    let unseen = log.templates.assign(&sequence("cannot read the index: name or service unknown").1);
    assert_eq!(unseen, Some(0));
    // two endings of one beginning are two things that it says
    assert_eq!(Log::of(&lines[..2]).templates.events().len(), 2);
}

#[test]
fn a_name_that_one_event_is_filled_in_with_is_a_name_in_another() {
    let names = ["ada", "bob", "cyd", "dov", "eve", "fay", "gus", "hal", "ivo"];
    let mut lines: Vec<String> = names.iter().map(|name| format!("copied home of {name} to tape")).collect();
    lines.extend(["queue of ada", "queue of bob"].map(str::to_owned));
    assert_eq!(Log::of(&lines).texts(), ["copied home of <*> to tape", "queue of <*>"]);
}

#[test]
fn words_that_stand_in_two_places_of_like_lines_are_values() {
    let moved = |pairs: &[(&str, &str)]| {
        let lines = pairs.iter().map(|(from, to)| format!("job 7 moved from {from} to {to}"));
        Log::of(&lines.collect::<Vec<_>>()).texts().len()
    };
    // three words in a column are too few by themselves
    assert_eq!(moved(&[("NEW", "HELD"), ("RUNNING", "DONE"), ("PAUSED", "LOST")]), 3);
    assert_eq!(moved(&[("NEW", "RUNNING"), ("RUNNING", "PAUSED"), ("PAUSED", "NEW")]), 1);
    assert_eq!(moved(&[("NEW", "RUNNING"), ("RUNNING", "NEW")]), 2, "two may stand there by chance");
    assert_eq!(moved(&[("up", "down"), ("down", "up")]), 2, "opposites are never merged");
}

#[test]
fn an_explanation_that_two_kinds_of_line_share_is_filled_in_and_what_devices_share_is_not() {
    let log = Log::of(&[
        "cannot read the index: no such file",
        "cannot read the index: broken by others",
        "reading of part 5 of volume failed: no such file",
        "reading of part 5 of volume failed: broken by others",
    ]);
    assert_eq!(log.templates.events().len(), 2, "{:?}", log.texts());
    let log = Log::of(&[
        "device of disk first: drive cache is full",
        "device of disk first: sectors are lost again",
        "device of disk other: drive cache is full",
        "device of disk other: sectors are lost again",
    ]);
    assert!(log.texts().iter().any(|text| text.contains("drive cache is full")), "{:?}", log.texts());
}

#[test]
fn words_in_brackets_do_not_make_what_stands_before_a_colon_a_message() {
    let messages = [
        "opened",
        "segment sealed",
        "flushed all pending writes",
        "index rebuilt after crash of writer",
        "cannot reach its replica",
        "nothing to compact",
        "waiting for the other side to answer",
        "checkpoint",
    ];
    let lines = messages.map(|message| format!("[worker 5 on port 80 of pool] org.example.Store: {message}"));
    let log = Log::of(&lines);
    assert_eq!(log.templates.events().len(), messages.len(), "{:?}", log.texts());
}

#[test]
fn parts_of_a_program_named_in_the_first_word_stay_apart() {
    // so many words are values elsewhere in a sentence
    let parts = ["su", "cron", "login", "passwd", "samba"];
    let log = Log::of(&parts.map(|part| format!("pam({part}:auth): closed by peer 4")));
    assert_eq!(log.templates.events().len(), parts.len(), "{:?}", log.texts());
    let log = Log::of(&parts.map(|part| format!("closed by peer 4 of ({part}:auth)")));
    assert_eq!(log.templates.events().len(), 1, "{:?}", log.texts());
}

#[test]
fn identifiers_with_one_part_opposed_stay_apart() {
    let log = Log::of(&["global memory on-heap limit is 4", "global memory off-heap limit is 5"]);
    assert_eq!(log.templates.events().len(), 2, "{:?}", log.texts());
}

#[test]
fn a_template_keeps_at_least_one_constant_of_lines_that_have_some() {
    let log = Log::of(&["flushing", "compacting", "idle", "rebalancing", "sleepNow", "wakeAll", "42"]);
    assert_eq!(log.templates.events().len(), 7, "{:?}", log.texts());
}

#[test]
fn an_unseen_parameter_finds_the_event_of_its_template() {
    let names = ["ada", "bob", "cyd", "dov", "eve", "fay", "gus", "hal", "ivo", "jan"];
    let mut lines: Vec<String> =
        names.iter().map(|name| format!("copied home of {name} to the archive")).collect();
    lines.push("archive is full".to_owned());
    let log = Log::of(&lines);
    let assign =
        |message: &str| log.templates.assign(&sequence(message).1).map(|e| log.texts()[e].to_owned());
    assert_eq!(
        assign("copied home of zoe to the archive").as_deref(),
        Some("copied home of <*> to the archive")
    );
    assert_eq!(assign("archive is full").as_deref(), Some("archive is full"));
    assert_eq!(assign("archive is empty"), None);
    assert_eq!(assign(""), None);
}

#[test]
fn event_ids_are_the_same_in_every_release() {
    // worked outside: xxh3_64 of "event template 1\n" and the text, by the xxhash package of Python
    let log = Log::of(&["Accepted connection 5 from 10.0.0.1"]);
    assert_eq!(log.texts(), ["Accepted connection <*> from <*>"]);
    assert_eq!(log.templates.events()[0].id, GOLDEN_ID);
}

const GOLDEN_ID: u64 = 4_651_036_028_202_645_646;

#[test]
fn stored_templates_come_back_and_still_answer() {
    let log = Log::of(&["slot 1 is up", "slot 2 is down", "user ada added"]);
    let json = serde_json::to_string(&log.templates).unwrap();
    let back: Templates = serde_json::from_str(&json).unwrap();
    assert_eq!(back, log.templates);
    assert_eq!(back.event_of(log.keys[1]), log.templates.event_of(log.keys[1]));
}

#[test]
fn ten_thousand_random_sentences_are_mined_in_seconds() {
    let word =
        |n: usize| -> String { (0..6).map(|i| char::from(b'a' + (n / 26usize.pow(i) % 26) as u8)).collect() };
    let mix = |n: usize| n.wrapping_mul(2_654_435_761) % 300_000_007;
    let line = |i: usize| (0..8).map(|j| word(mix(8 * i + j))).collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = (0..10_000).map(line).collect();
    let started = std::time::Instant::now();
    assert_eq!(Log::of(&lines).keys.len(), 10_000);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_read_without_panic_and_within_the_cap(message in "\\PC{0,200}|[a-f0-9:./'\"@=#, \\x1b\\[-]{0,80}") {
        let (key, masked) = sequence(&message);
        prop_assert!(masked.len() <= MAX_TOKENS);
        prop_assert_eq!(key, sequence(&message).0);
        prop_assert!(masked.tokens().all(|token| !token.text.is_empty()));
    }

    #[test]
    fn order_of_lines_does_not_matter(
        lines in prop::collection::vec("(get|put|drop) (key|row|file[0-9]) (a|b|c|d)=(x|y|[0-9])( ok| failed)?", 1..60),
        seed in any::<u64>(),
    ) {
        let log = Log::of(&lines);
        let mut list = Log::list(&log.distinct);
        list.sort_by_key(|one| one.key.wrapping_mul(seed | 1));
        prop_assert_eq!(Templates::mine(&list), log.templates);
    }

    #[test]
    fn every_mined_sequence_is_assigned_an_event_whose_template_it_fits(
        lines in prop::collection::vec("(get|put|drop) (key|row|file[0-9]) (a|b|c|d)=(x|y|[0-9])( ok| failed)?", 1..60),
    ) {
        let log = Log::of(&lines);
        for (sequence, _) in log.distinct.values() {
            prop_assert!(log.templates.assign(sequence).is_some());
        }
    }
}

#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ODDLOG_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let path = root.join("data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

/// Records of comma-separated values, with quotes.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    records
}

/// Share of lines, and harmonic mean of precision and recall of groups, whose members are exactly the truth's.
fn grouping(found: &[usize], truth: &[String]) -> (f64, f64) {
    fn groups<K: Ord>(keys: &[K]) -> BTreeSet<Vec<usize>> {
        let mut groups: BTreeMap<&K, Vec<usize>> = BTreeMap::new();
        keys.iter().enumerate().for_each(|(line, key)| groups.entry(key).or_default().push(line));
        groups.into_values().collect()
    }
    let (have, want) = (groups(found), groups(truth));
    let right: Vec<&Vec<usize>> = have.intersection(&want).collect();
    let lines: usize = right.iter().map(|group| group.len()).sum();
    (lines as f64 / found.len() as f64, 2.0 * right.len() as f64 / (have.len() + want.len()) as f64)
}

/// Grouping accuracy and its F1 over templates on the message parts of a labelled log.
fn measured(folder: &str) -> Option<(f64, f64)> {
    let text = std::fs::read_to_string(shared(folder)?.join("truth.csv")).unwrap();
    let mut rows = records(&text).into_iter();
    let head = rows.next().unwrap();
    let column = |name: &str| head.iter().position(|title| title == name).unwrap();
    let (content, template) = (column("content"), column("template_corrected"));
    let (messages, truth): (Vec<_>, Vec<_>) =
        rows.map(|row| (row[content].clone(), row[template].clone())).unzip();
    Some(grouping(&Log::of(&messages).events(), &truth))
}

fn assert_floors(folder: &str, systems: &[&str], ga_min: f64, fga_min: f64) {
    let figures: Vec<(f64, f64)> =
        systems.iter().filter_map(|name| measured(&format!("{folder}/{name}"))).collect();
    if figures.len() < systems.len() {
        return;
    }
    let n = figures.len() as f64;
    let (ga, fga) =
        (figures.iter().map(|f| f.0).sum::<f64>() / n, figures.iter().map(|f| f.1).sum::<f64>() / n);
    assert!(ga >= ga_min && fga >= fga_min, "{folder}: GA {ga:.3}, FGA {fga:.3}: {figures:?}");
}

#[test]
fn grouping_of_eight_labelled_systems_stays_above_its_floor() {
    let systems = ["Apache", "BGL", "HDFS", "HealthApp", "Linux", "Mac", "Spark", "Windows"];
    assert_floors("templates", &systems, 0.98, 0.96);
}

#[test]
fn grouping_of_four_systems_of_other_kinds_stays_above_its_floor() {
    assert_floors("templates-more", &["cassandra21", "k8s_klog", "syslogng_patterndb", "tidb"], 0.95, 0.90);
}
