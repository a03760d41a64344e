//! Lines of known formats and what they say, written by hand from the formats' documentation and examples.

use oddlog::entry::Level::{self, Debug, Error, Fatal, Info, Trace, Warn};

/// One line and what is to be read from it.
pub(super) struct Known {
    pub(super) format: &'static str,
    pub(super) line: &'static str,
    /// RFC 3339; in 1972 where the line has no year, on 1972-01-01 where it has no date.
    pub(super) time: Option<&'static str>,
    pub(super) level: Option<Level>,
    pub(super) host: Option<&'static str>,
    pub(super) component: Option<&'static str>,
    pub(super) message: &'static str,
}

macro_rules! known {
    ($($format:literal: $line:literal => $time:expr, $level:expr, $host:expr, $component:expr, $message:literal;)*) => {
        pub(super) const KNOWN: &[Known] = &[$(Known {
            format: $format,
            line: $line,
            time: $time,
            level: $level,
            host: $host,
            component: $component,
            message: $message,
        }),*];
    };
}

known! {
    "plain": "2023-07-25 10:00:03 ERROR Database connection lost: Timeout after 30 seconds"
        => Some("2023-07-25T10:00:03"), Some(Error), None, None, "Database connection lost: Timeout after 30 seconds";
    "plain": "2023-07-25 10:00:05 INFO User authentication: User 'jsmith' logged in"
        => Some("2023-07-25T10:00:05"), Some(Info), None, None, "User authentication: User 'jsmith' logged in";
    "plain": "nothing to see here" => None, None, None, None, "nothing to see here";
    "plain": "an error occurred while the INFO desk was closed"
        => None, None, None, None, "an error occurred while the INFO desk was closed";
    // RFC 3164, section 5.4, examples 1 and 2
    "RFC 3164": "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8"
        => Some("1972-10-11T22:14:15"), Some(Fatal), Some("mymachine"), Some("su"), "'su root' failed for lonvick on /dev/pts/8";
    "RFC 3164": "Feb  5 17:32:18 10.0.0.99 sshd[4711]: Accepted password for root"
        => Some("1972-02-05T17:32:18"), None, Some("10.0.0.99"), Some("sshd"), "Accepted password for root";
    "RFC 3164": "Jun  9 06:06:20 combo syslogd 1.4.1: restart."
        => Some("1972-06-09T06:06:20"), None, Some("combo"), Some("syslogd"), "restart.";
    "RFC 3164": "Jun 14 15:16:01 combo last message repeated 2 times"
        => Some("1972-06-14T15:16:01"), None, Some("combo"), None, "last message repeated 2 times";
    // RFC 5424, section 6.5, examples 1 to 3
    "RFC 5424": "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{feff}'su root' failed for lonvick on /dev/pts/8"
        => Some("2003-10-11T22:14:15.003Z"), Some(Fatal), Some("mymachine.example.com"), Some("su"), "'su root' failed for lonvick on /dev/pts/8";
    "RFC 5424": "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts."
        => Some("2003-08-24T05:14:15.000003-07:00"), Some(Info), Some("192.0.2.1"), Some("myproc"), "%% It's time to make the do-nuts.";
    "RFC 5424": "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut=\"3\"] An event"
        => Some("2003-10-11T22:14:15.003Z"), Some(Info), Some("mymachine.example.com"), Some("evntslog"), "[exampleSDID@32473 iut=\"3\"] An event";
    // journalctl -o short, short-iso, short-full, short-unix
    "journald short": "Nov 25 15:11:34 web-1 systemd[1]: Started Session 3 of user root."
        => Some("1972-11-25T15:11:34"), None, Some("web-1"), Some("systemd"), "Started Session 3 of user root.";
    "journald short-iso": "2024-11-25T15:11:34+0100 web-1 systemd[1]: Started Session 3 of user root."
        => Some("2024-11-25T15:11:34+01:00"), None, Some("web-1"), Some("systemd"), "Started Session 3 of user root.";
    "journald short-full": "Mon 2024-11-25 15:11:34 UTC web-1 systemd[1]: Reached target Timers."
        => Some("2024-11-25T15:11:34Z"), None, Some("web-1"), Some("systemd"), "Reached target Timers.";
    "journald short-unix": "1489519230.178000 web-1 systemd[1]: Reached target Timers."
        => Some("2017-03-14T19:20:30.178Z"), None, Some("web-1"), Some("systemd"), "Reached target Timers.";
    "journald json": r#"{"__REALTIME_TIMESTAMP":"1489519230178000","PRIORITY":"4","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"low memory"}"#
        => Some("2017-03-14T19:20:30.178Z"), Some(Warn), Some("web-1"), Some("kernel"), "low memory";
    // httpd manual, "Log Files"
    "Apache common": "127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 2326"
        => Some("2000-10-10T13:55:36-07:00"), Some(Info), Some("127.0.0.1"), None, "frank \"GET /apache_pb.gif HTTP/1.0\" 200 2326";
    "nginx combined": "203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] \"POST /a\\\"b HTTP/1.1\" 502 0 \"-\" \"curl/8.5\""
        => Some("2000-10-10T13:55:36Z"), Some(Error), Some("203.0.113.9"), None, "\"POST /a\\\"b HTTP/1.1\" 502 0 \"-\" \"curl/8.5\"";
    "Apache vhost": "example.com:80 203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] \"GET /x HTTP/1.1\" 404 10"
        => Some("2000-10-10T13:55:36Z"), Some(Warn), Some("example.com:80"), None, "203.0.113.9 \"GET /x HTTP/1.1\" 404 10";
    "Apache error": "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187] File does not exist: /usr/local/x"
        => Some("2011-09-09T10:42:29.902022"), Some(Error), None, Some("core"), "[client 72.15.99.187] File does not exist: /usr/local/x";
    "nginx error": "2024/05/07 12:02:27 [error] 31#31: *1 open() \"/x\" failed (2: No such file or directory)"
        => Some("2024-05-07T12:02:27"), Some(Error), None, None, "*1 open() \"/x\" failed (2: No such file or directory)";
    "log4j": "2015-10-18 18:01:47,978 INFO [main] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: Created MRAppMaster"
        => Some("2015-10-18T18:01:47.978"), Some(Info), None, Some("org.apache.hadoop.mapreduce.v2.app.MRAppMaster"), "Created MRAppMaster";
    // log4j TTCCLayout and logback's default pattern
    "logback": "10:43:31.969 [main] DEBUG c.e.Foo - Did it again!"
        => Some("1972-01-01T10:43:31.969"), Some(Debug), None, Some("c.e.Foo"), "Did it again!";
    "log4j dash": "2015-07-29 17:41:44,747 - INFO  [QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@774] - Notification time out: 3200"
        => Some("2015-07-29T17:41:44.747"), Some(Info), None, None, "Notification time out: 3200";
    "Spring Boot": "2024-01-01T10:00:00.123+01:00  INFO 12345 --- [           main] o.s.b.w.e.tomcat.TomcatWebServer  : Tomcat started on port 8080"
        => Some("2024-01-01T10:00:00.123+01:00"), Some(Info), None, Some("o.s.b.w.e.tomcat.TomcatWebServer"), "Tomcat started on port 8080";
    // java.util.logging's console is two lines; the second is this
    "java.util.logging": "SEVERE: Exception in worker" => None, Some(Error), None, None, "Exception in worker";
    "Python basicConfig": "WARNING:root:Watch out!" => None, Some(Warn), None, Some("root"), "Watch out!";
    "Python logging": "2024-01-01 10:00:00,123 - my.module - CRITICAL - disk full: 99%"
        => Some("2024-01-01T10:00:00.123"), Some(Fatal), None, Some("my.module"), "disk full: 99%";
    "loguru": "2024-01-01 10:00:00.123 | INFO     | __main__:main:10 - ready"
        => Some("2024-01-01T10:00:00.123"), Some(Info), None, Some("__main__:main:10"), "ready";
    "Go std": "2009/11/10 23:00:00 listening on :8080"
        => Some("2009-11-10T23:00:00"), None, None, None, "listening on :8080";
    "Go std with file": "2009/11/10 23:00:00.123456 main.go:12: listening on :8080"
        => Some("2009-11-10T23:00:00.123456"), None, None, Some("main.go"), "listening on :8080";
    "klog": "I0507 12:02:27.923860       1 node.go:339] \"no rule found\" pod=\"a/b\""
        => Some("1972-05-07T12:02:27.923860"), Some(Info), None, Some("node.go"), "\"no rule found\" pod=\"a/b\"";
    "glog with year": "E20200308 23:47:32.089828 400441 config.cc:27] Loading failed"
        => Some("2020-03-08T23:47:32.089828"), Some(Error), None, Some("config.cc"), "Loading failed";
    "zap console": "2024-01-01T10:00:00.123Z\twarn\tserver/main.go:42\tslow request\t{\"ms\": 900}"
        => Some("2024-01-01T10:00:00.123Z"), Some(Warn), None, Some("server/main.go:42"), "slow request\t{\"ms\": 900}";
    "zap JSON": r#"{"level":"error","ts":1489519230.178,"logger":"api","caller":"a/b.go:7","msg":"boom","attempt":3}"#
        => Some("2017-03-14T19:20:30.178Z"), Some(Error), None, Some("api"), "boom caller=a/b.go:7 attempt=3";
    "logrus": "time=\"2024-01-01T10:00:00Z\" level=warning msg=\"The group's number increased\" number=122 omg=true"
        => Some("2024-01-01T10:00:00Z"), Some(Warn), None, None, "The group's number increased number=122 omg=true";
    "zerolog": r#"{"level":"debug","time":1489519230,"message":"hello"}"#
        => Some("2017-03-14T19:20:30Z"), Some(Debug), None, None, "hello";
    "Rust tracing": "2024-01-01T10:00:00.000000Z  INFO my_crate::server: listening on 0.0.0.0:80"
        => Some("2024-01-01T10:00:00Z"), Some(Info), None, Some("my_crate::server"), "listening on 0.0.0.0:80";
    "tracing with colours": "\u{1b}[2m2024-01-01T10:00:00.5Z\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m \u{1b}[2mmy_crate\u{1b}[0m\u{1b}[2m:\u{1b}[0m careful"
        => Some("2024-01-01T10:00:00.500Z"), Some(Warn), None, Some("my_crate"), "careful";
    "env_logger": "[2017-11-09T02:12:24Z ERROR my_app] this is printed by default"
        => Some("2017-11-09T02:12:24Z"), Some(Error), None, Some("my_app"), "this is printed by default";
    ".NET console": "fail: Microsoft.AspNetCore.Server.Kestrel[13]: unhandled exception"
        => None, Some(Error), None, Some("Microsoft.AspNetCore.Server.Kestrel"), "unhandled exception";
    "Serilog": "2024-01-01 10:00:00.123 +01:00 [INF] Now listening on http://localhost:5000"
        => Some("2024-01-01T10:00:00.123+01:00"), Some(Info), None, None, "Now listening on http://localhost:5000";
    // Ruby's Logger::Formatter
    "Ruby": "W, [2024-01-01T10:00:00.123456 #1234]  WARN -- main: a warning"
        => Some("2024-01-01T10:00:00.123456"), Some(Warn), None, Some("main"), "a warning";
    "Rails": "I, [2024-01-01T10:00:00.123456 #1234]  INFO -- : Started GET \"/\" for 127.0.0.1"
        => Some("2024-01-01T10:00:00.123456"), Some(Info), None, None, "Started GET \"/\" for 127.0.0.1";
    "PostgreSQL": "2024-01-01 10:00:00.123 UTC [1234] LOG:  database system is ready to accept connections"
        => Some("2024-01-01T10:00:00.123Z"), Some(Info), None, None, "database system is ready to accept connections";
    "PostgreSQL": "2024-01-01 10:00:00 CET [77] FATAL:  role \"x\" does not exist"
        => Some("2024-01-01T10:00:00+01:00"), Some(Fatal), None, None, "role \"x\" does not exist";
    "MySQL 8": "2024-01-01T10:00:00.123456Z 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed."
        => Some("2024-01-01T10:00:00.123456Z"), Some(Warn), None, None, "CA certificate ca.pem is self signed.";
    "MySQL 5": "150916 22:48:03 [ERROR] Aborting"
        => Some("2015-09-16T22:48:03"), Some(Error), None, None, "Aborting";
    "Redis": "1234:M 01 Jan 2024 10:00:00.123 # WARNING overcommit_memory is set to 0!"
        => Some("2024-01-01T10:00:00.123"), Some(Warn), None, None, "WARNING overcommit_memory is set to 0!";
    "MongoDB 4.4": r#"{"t":{"$date":"2020-05-20T19:18:40.604+00:00"},"s":"W","c":"NETWORK","id":23016,"ctx":"listener","msg":"Waiting for connections","attr":{"port":27017}}"#
        => Some("2020-05-20T19:18:40.604Z"), Some(Warn), None, Some("NETWORK"), "Waiting for connections id=23016 ctx=listener attr.port=27017";
    "MongoDB 3": "2014-11-03T18:28:32.450-0500 I NETWORK  [initandlisten] waiting for connections on port 27017"
        => Some("2014-11-03T18:28:32.450-05:00"), Some(Info), None, Some("NETWORK"), "waiting for connections on port 27017";
    "HAProxy": "Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750"
        => Some("1972-02-06T12:14:14"), None, Some("localhost"), Some("haproxy"), "10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750";
    "auditd": "type=SYSCALL msg=audit(1489519230.178:287): arch=c000003e syscall=2 success=no"
        => Some("2017-03-14T19:20:30.178Z"), None, None, None, "type=SYSCALL msg=audit(1489519230.178:287): arch=c000003e syscall=2 success=no";
    "Windows CBS": "2016-09-28 04:30:30, Info                  CBS    Loaded Servicing Stack v6.1.7601.23505"
        => Some("2016-09-28T04:30:30"), Some(Info), None, Some("CBS"), "Loaded Servicing Stack v6.1.7601.23505";
    "logcat threadtime": "03-17 16:13:38.811  1702  2395 D WindowManager: printFreezingDisplayLogs opening app"
        => Some("1972-03-17T16:13:38.811"), Some(Debug), None, Some("WindowManager"), "printFreezingDisplayLogs opening app";
    "logcat brief": "I/ActivityManager( 585): Starting activity: Intent"
        => None, Some(Info), None, Some("ActivityManager"), "Starting activity: Intent";
    "IIS W3C": "2018-12-30 14:22:07 10.0.0.1 GET /index.htm - 80 - 10.0.0.2 Mozilla/5.0 200 0 0 31"
        => Some("2018-12-30T14:22:07"), None, None, None, "10.0.0.1 GET /index.htm - 80 - 10.0.0.2 Mozilla/5.0 200 0 0 31";
    "CEF": "CEF:0|Vendor|Product|1.0|100|worm stopped|10|src=10.0.0.1 dst=2.1.2.2 rt=Oct 04 2012 13:15:29"
        => Some("2012-10-04T13:15:29"), Some(Fatal), None, Some("Product"), "CEF:0|Vendor|Product|1.0|100|worm stopped|10|src=10.0.0.1 dst=2.1.2.2 rt=Oct 04 2012 13:15:29";
    "LEEF": "LEEF:1.0|Vendor|Product|2|42|devTime=Aug 06 2025 14:13:16\tsrc=1.2.3.4"
        => Some("2025-08-06T14:13:16"), None, None, Some("Product"), "LEEF:1.0|Vendor|Product|2|42|devTime=Aug 06 2025 14:13:16\tsrc=1.2.3.4";
    "Docker json-file": r#"{"log":"2024-01-01 10:00:00 ERROR boom\n","stream":"stderr","time":"2024-01-01T10:00:01.5Z"}"#
        => Some("2024-01-01T10:00:00"), Some(Error), None, None, "boom";
    "Docker json-file": r#"{"log":"hello\n","stream":"stdout","time":"2024-01-01T10:00:01.5Z"}"#
        => Some("2024-01-01T10:00:01.500Z"), None, None, None, "hello";
    "Kubernetes CRI": "2016-10-06T00:17:09.669794202Z stdout F WARN low on disk"
        => Some("2016-10-06T00:17:09.669794202Z"), Some(Warn), None, None, "low on disk";
    "GELF": r#"{"version":"1.1","host":"example.org","short_message":"A short message","timestamp":1489519230.178,"level":3,"_user_id":9001}"#
        => Some("2017-03-14T19:20:30.178Z"), Some(Error), Some("example.org"), None, "A short message version=1.1 _user_id=9001";
    "ECS": r#"{"@timestamp":"2024-01-01T10:00:00.000Z","log.level":"info","message":"done","ecs.version":"1.2.0","log.logger":"a.b.C"}"#
        => Some("2024-01-01T10:00:00Z"), Some(Info), None, Some("a.b.C"), "done ecs.version=1.2.0";
    "OpenTelemetry": r#"{"timeUnixNano":"1489519230178000000","severityNumber":17,"body":{"stringValue":"oops"},"attributes":[]}"#
        => Some("2017-03-14T19:20:30.178Z"), Some(Error), None, None, "oops attributes=[]";
    "GCP": r#"{"severity":"NOTICE","timestamp":"2024-01-01T10:00:00Z","jsonPayload":{"message":"scaled","replicas":3},"logName":"x"}"#
        => Some("2024-01-01T10:00:00Z"), Some(Info), None, None, "scaled jsonPayload.replicas=3 logName=x";
    "CloudWatch": r#"{"timestamp":1489519230178,"message":"[ERROR] task timed out","logStream":"s"}"#
        => Some("2017-03-14T19:20:30.178Z"), Some(Error), None, None, "task timed out logStream=s";
    "pino": r#"{"level":30,"time":1489519230178,"pid":7,"hostname":"box","msg":"hello world"}"#
        => Some("2017-03-14T19:20:30.178Z"), Some(Info), Some("box"), None, "hello world pid=7";
    "bunyan": r#"{"name":"myapp","hostname":"box","pid":1,"level":50,"msg":"hi","time":"2012-01-04T18:46:23.851Z","v":0}"#
        => Some("2012-01-04T18:46:23.851Z"), Some(Error), Some("box"), Some("myapp"), "hi pid=1 v=0";
    "logfmt": "ts=2024-01-01T10:00:00Z level=info component=tsdb msg=\"Head GC completed\" duration=1.2s"
        => Some("2024-01-01T10:00:00Z"), Some(Info), None, Some("tsdb"), "Head GC completed duration=1.2s";
    "JSON without a message": r#"{"time":"2024-01-01T10:00:00Z","level":"info","user":"j smith","n":2}"#
        => Some("2024-01-01T10:00:00Z"), Some(Info), None, None, "user=\"j smith\" n=2";
    "BIND": "09-Sep-2024 18:18:23.841 network: info: no longer listening on 10.10.10.10#50"
        => Some("2024-09-09T18:18:23.841"), Some(Info), None, Some("network"), "no longer listening on 10.10.10.10#50";
    "CUPS": "E [04/Nov/2010:17:37:40 -0400] StartListening: Unable to find address"
        => Some("2010-11-04T17:37:40-04:00"), Some(Error), None, Some("StartListening"), "Unable to find address";
    "Icinga": "[2017-04-04 13:43:09 +0200] warning/PluginNotificationTask: command terminated"
        => Some("2017-04-04T13:43:09+02:00"), Some(Warn), None, Some("PluginNotificationTask"), "command terminated";
    "pipes": "20171223-22:15:29:606|Step_LSC|30002312|onStandStepChanged 3579"
        => Some("2017-12-23T22:15:29.606"), None, None, Some("Step_LSC"), "onStandStepChanged 3579";
    "OpenWrt": "Mon Jan  2 15:04:05 2006 daemon.err dnsmasq[1]: failed to load names"
        => Some("2006-01-02T15:04:05"), Some(Error), None, Some("dnsmasq"), "failed to load names";
    "12-hour clock": "7/25/2023 1:05:09 PM ERROR out of paper"
        => Some("2023-07-25T13:05:09"), Some(Error), None, None, "out of paper";
    "German": "2024-01-01 10:00:00 [FEHLER] Platte voll"
        => Some("2024-01-01T10:00:00"), Some(Error), None, None, "Platte voll";
    "impossible date": "2023-02-30 10:00:00 rebooted" => None, None, None, None, "2023-02-30 10:00:00 rebooted";
    "byte order mark, CRLF": "\u{feff}2023-07-25 10:00:03 TRACE x\r\n" => Some("2023-07-25T10:00:03"), Some(Trace), None, None, "x";
}
