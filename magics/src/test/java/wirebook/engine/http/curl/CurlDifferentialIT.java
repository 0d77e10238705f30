package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import wirebook.peer.Peer;

/**
 * The same command with the real curl and with ours, against the same server: exit code, both
 * outputs, the requests, the files, and the number of connections. Only what curl does alike since
 * version 7.88 is asked.
 */
@Peer("curl")
class CurlDifferentialIT {
  private static final String OK =
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello";

  @TempDir Path directory;

  /** What can be seen of one run. */
  private record Seen(
      int exit,
      String out,
      String err,
      List<String> requests,
      int connections,
      Map<String, String> files) {}

  private static final class Case {
    final String name;
    final List<String> words;
    final List<String> replies = new ArrayList<>();
    final Map<String, String> files = new LinkedHashMap<>();
    final Map<String, String> variables = new LinkedHashMap<>();
    String stdin = "";

    Case(String name, String... words) {
      this.name = name;
      this.words = List.of(words);
    }

    Case replies(String... texts) {
      replies.addAll(List.of(texts));
      return this;
    }

    Case file(String file, String content) {
      files.put(file, content);
      return this;
    }

    Case stdin(String text) {
      stdin = text;
      return this;
    }

    Case variable(String key, String value) {
      variables.put(key, value);
      return this;
    }
  }

  private static Case of(String name, String... words) {
    return new Case(name, words);
  }

  private static List<Case> cases() {
    String u = "http://127.0.0.1:PORT";
    return List.of(
        of("plain", u + "/a"),
        of("head", "-I", u),
        of("include", "-i", u),
        of("post", "-d", "a=b", "-d", "c=d", u),
        of("json", "--json", "{\"a\":1}", u),
        of("urlencode", "--data-urlencode", "x=a b&c", "--data-urlencode", "=y z", u),
        of("get with data", "-G", "-d", "q=1", u + "/p?x=2"),
        of("put from stdin", "-T", "-", u + "/d").stdin("from stdin"),
        of("method", "-X", "DELETE", u + "/x"),
        of("basic", "-u", "a:b:c", u),
        of("cookie", "-b", "a=b; c=d", u),
        of("range", "-r", "0-3", u),
        of("redirect", "-L", "-i", u + "/a/b")
            .replies("HTTP/1.1 302 F\r\nLocation: ../c?d#e\r\nContent-Length: 3\r\n\r\nxyz", OK),
        of("redirected post", "-L", "-d", "q", u)
            .replies("HTTP/1.1 301 F\r\nLocation: /n\r\nContent-Length: 0\r\n\r\n", OK),
        of("post kept by 307", "-L", "-d", "q", u)
            .replies("HTTP/1.1 307 F\r\nLocation: /n\r\nContent-Length: 0\r\n\r\n", OK),
        of("fail", "-f", u).replies("HTTP/1.1 404 NF\r\nContent-Length: 2\r\n\r\nno"),
        of("fail with body", "--fail-with-body", u)
            .replies("HTTP/1.1 404 NF\r\nContent-Length: 2\r\n\r\nno"),
        of("chunked", u)
            .replies("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        of("trailer", "-i", u)
            .replies(
                """
                HTTP/1.1 200 OK\r
                Transfer-Encoding: chunked\r
                Trailer: X-T\r
                \r
                3\r
                abc\r
                0\r
                X-T: 1\r
                \r
                """),
        of("old protocol", "--http0.9", u).replies(ScriptedServer.CLOSE + "just text"),
        of("empty reply", u).replies(ScriptedServer.CLOSE),
        of(
            "write out",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code} %{size_download} %{size_header} %{num_connects} %{content_type}"
                + " %{url_effective} %{method} %{num_headers}|\\n",
            u),
        of("header json", "-o", "/dev/null", "-w", "%{header_json}", u),
        of("remote name", "-O", u + "/path/file.bin"),
        of("name of the server", "-OJ", u + "/path/file.bin")
            .replies(
                "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"../../evil.txt\""
                    + "\r\nContent-Length: 2\r\n\r\nhi"),
        of("glob", u + "/{a,b}/[1-2]", "-o", "o_#1_#2"),
        of("headers", "-H", "X-A: b", "-H", "User-Agent:", "-H", "Empty;", "-H", "Host: other", u),
        of("next", "-d", "x", u + "/1", "--next", "-sS", u + "/2"),
        of("proxy", "-x", "127.0.0.1:PORT", "http://example.test/x"),
        of("tunnel", "-p", "-x", "127.0.0.1:PORT", "http://example.test/x")
            .replies("HTTP/1.1 200 C\r\n\r\n", OK),
        of("proxy of the environment", "http://example.test/")
            .variable("http_proxy", "http://u:p@127.0.0.1:PORT"),
        of("no proxy", "--noproxy", "127.0.0.1", u)
            .variable("http_proxy", "http://u:p@127.0.0.1:1"),
        of("resume", "-C", "2", "-o", "f", u)
            .replies(
                "HTTP/1.1 206 OK\r\nContent-Range: bytes 2-4/5\r\nContent-Length: 3\r\n\r\nllo"),
        of("not modified", "-z", "2020-01-01", u).replies("HTTP/1.1 304 NM\r\n\r\n"),
        of("dump header", "-D", "h", u),
        of("cookie jar", "-c", "jar", "-b", "x", u + "/a", u + "/b")
            .replies("HTTP/1.1 200 OK\r\nSet-Cookie: k=v; Path=/\r\nContent-Length: 0\r\n\r\n"),
        of("kept alive", u + "/1", u + "/2", u + "/3"),
        of("no content", "-i", u).replies("HTTP/1.1 204 No\r\n\r\n"),
        of("data from a file", "-d", "@f", "--data-binary", "@f", u).file("f", "a\r\nb\n"));
  }

  /**
   * What is sent and received is traced alike; curl's own remarks differ from version to version.
   */
  private static List<Case> traces() {
    String u = "http://127.0.0.1:PORT";
    String moved = "HTTP/1.1 302 F\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n";
    String variables =
        Stream.of(
                "content_type exitcode errormsg filename_effective http_code http_connect"
                    + " http_version method num_connects num_headers num_redirects redirect_url"
                    + " remote_ip response_code size_download"
                    + " size_header size_upload ssl_verify_result url url_effective urlnum"
                    + " proxy_ssl_verify_result ftp_entry_path")
            .flatMap(names -> Stream.of(names.split(" ")))
            .map(name -> name + "=%{" + name + "}")
            .collect(Collectors.joining("|"));
    return List.of(
        of("verbose", "-v", u + "/a"),
        of("verbose post", "-v", "-d", "a=b", u),
        of("verbose head", "-v", "-I", u).replies("HTTP/1.1 200 OK\r\nX: y\r\n\r\n"),
        of("verbose redirect", "-v", "-L", u).replies(moved, OK),
        of("verbose proxy", "-v", "-x", "127.0.0.1:PORT", "http://example.test/x"),
        of("verbose tunnel", "-v", "-p", "-x", "127.0.0.1:PORT", "http://example.test/x")
            .replies("HTTP/1.1 200 C\r\n\r\n", OK),
        of("verbose put", "-v", "-H", "Expect:", "-T", "f", u + "/").file("f", "content"),
        of("verbose chunks", "-v", u)
            .replies("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        of("verbose login", "-v", "-u", "a:b", u),
        of("verbose elsewhere", "-v", "--stderr", "messages", u),
        of("trace as text", "--trace-ascii", "-", "-A", "agent", "-H", "Host: h", "-d", "hello", u),
        of("trace in bytes", "--trace", "-", "-A", "agent", "-H", "Host: h", "-d", "hello", u),
        of("trace with times", "--trace-ascii", "t", "--trace-time", "-A", "x", "-H", "Host: h", u),
        of("variables", "-o", "f", "-w", variables + "\\n", u + "/p?q#f").replies(moved));
  }

  private static List<Case> files() {
    String f = "file://DIR/f";
    String quiet = "--no-show-error";
    return Stream.of(
            of("file", f),
            of("file of localhost", f.replace("//", "//localhost")),
            of("file of an address", f.replace("//", "//127.0.0.1")),
            of("file with one slash", f.replace("//", "")),
            of("file of elsewhere", quiet, f.replace("//", "//example.com")),
            of("file by the default protocol", "--proto-default", "file", "DIR/f"),
            of("file of a proxy", "-x", "127.0.0.1:1", f),
            of("file of another case", f.replace("file:", "FILE:")),
            of("escaped file", f.replace("/f", "/%66%2a")).file("f*", "starred"),
            of("escaped nothing", quiet, f + "%00"),
            of("file with a query", f + "?x#y"),
            of("dots of a file", f.replace("/f", "/x/.././f")),
            of("middle of a file", "-r", "2-5", f),
            of("rest of a file", "-r", "5-", f),
            of("end of a file", "-r", "-4", f),
            of("more than a file", "-r", "2-500", f),
            of("first part of a file", "-r", "0-1,3-4", f),
            of("behind a file", "-r", "100-", f),
            of("range of a file backwards", "-r", "5-2", f),
            of("rest of a file after what is there", "-C", "-", "-o", "g", f).file("g", "conte"),
            of("file into a file", "-o", "g", f),
            of("file of its name", "-O", "--output-dir", "DIR/..", f),
            of("missing file", quiet, f + "none"),
            of("missing file between", quiet, f, f + "none", f),
            of("failing early", quiet, "--fail-early", f, f + "none", f),
            of("empty file", "-o", "g", f.replace("/f", "/e")).file("e", ""),
            of("upload to a file", "-T", "f", f.replace("/f", "/g")),
            of("upload to a folder", "-T", "DIR/f", f.replace("/f", "/")),
            of("upload from stdin", "-T", "-", f.replace("/f", "/g")).stdin("typed"),
            of("upload goes on", "-C", "3", "-T", "f", f.replace("/f", "/g")).file("g", "con"),
            of("upload into nothing", quiet, "-T", "f", f + "/g"),
            of("data for a file", "-d", "x", f),
            of("globbed files", f.replace("/f", "/{f,g}")).file("g", "g"),
            of("protocol not wanted", quiet, "--proto", "=http", f),
            of(
                "variables of a file",
                "-w",
                "%{http_code} %{size_download} %{num_connects} %{num_headers} %{method} %{exitcode}"
                    + " %{http_version} %{url_effective} %{content_type}|%{filename_effective}",
                f),
            of(
                "variables of an upload",
                "-w",
                "%{size_upload} %{size_download}",
                "-T",
                "f",
                f + "2"))
        .map(c -> c.file("f", "content of f\n"))
        .toList();
  }

  /** Without the remarks, and without the time of day. */
  private static String traced(String text) {
    return text.lines()
        .map(line -> line.replaceFirst("^\\d\\d:\\d\\d:\\d\\d\\.\\d{6} ", "TIME "))
        .map(line -> line.replaceFirst("^hello(?:\\* |== Info).*", "hello"))
        .filter(line -> !line.matches("(?:TIME )?(?:\\* |== Info).*"))
        .collect(Collectors.joining("\n"));
  }

  private Seen traced(Case c, boolean real) throws IOException, InterruptedException {
    Seen seen = seen(c, real);
    Map<String, String> files = new TreeMap<>();
    seen.files.forEach((name, text) -> files.put(name, traced(text)));
    return new Seen(
        seen.exit, traced(seen.out), traced(seen.err), seen.requests, seen.connections, files);
  }

  @TestFactory
  Stream<DynamicTest> bothTraceTheSame() {
    return traces().stream()
        .map(
            c ->
                DynamicTest.dynamicTest(
                    c.name, () -> assertThat(traced(c, false)).isEqualTo(traced(c, true))));
  }

  private Seen seen(Case c, boolean real) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(directory.resolve(real ? "real" : "ours"));
    try (Stream<Path> old = Files.list(folder)) {
      for (Path file : old.toList()) {
        Files.delete(file);
      }
    }
    for (Map.Entry<String, String> file : c.files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
    String[] replies = c.replies.isEmpty() ? new String[] {OK} : c.replies.toArray(String[]::new);
    try (ScriptedServer server = new ScriptedServer(replies)) {
      String port = String.valueOf(server.port());
      List<String> words = new ArrayList<>(List.of("-q", "-sS"));
      c.words.forEach(w -> words.add(w.replace("PORT", port).replace("DIR", folder.toString())));
      int exit;
      String out;
      String err;
      if (real) {
        words.addFirst("curl");
        ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile());
        builder.environment().keySet().removeIf(k -> k.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        c.variables.forEach((k, v) -> builder.environment().put(k, v.replace("PORT", port)));
        Path errors = directory.resolve("errors");
        builder.redirectError(errors.toFile());
        Process process = builder.start();
        process.getOutputStream().write(c.stdin.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        exit = process.exitValue();
        err = Files.readString(errors);
      } else {
        Setting setting = new Setting(folder);
        setting.stdin = c.stdin.getBytes(StandardCharsets.UTF_8);
        c.variables.forEach((k, v) -> setting.variables.put(k, v.replace("PORT", port)));
        exit = setting.curl(words.toArray(String[]::new)).exitCode();
        out = setting.out();
        err = setting.err();
      }
      Map<String, String> files = new TreeMap<>();
      try (Stream<Path> made = Files.list(folder)) {
        for (Path file : made.toList()) {
          files.put(file.getFileName().toString(), plain(Files.readString(file), port));
        }
      }
      return new Seen(
          exit,
          plain(out, port).replace(folder.toString(), "DIR"),
          plain(err, port),
          server.requests().stream().map(r -> plain(r, port)).toList(),
          server.connections(),
          files);
    }
  }

  private static String plain(String text, String port) {
    return text.replace(":" + port, ":PORT").replaceAll("curl/[0-9.]+[-A-Za-z0-9]*", "curl/V");
  }

  @TestFactory
  Stream<DynamicTest> bothDoTheSame() {
    return Stream.concat(cases().stream(), files().stream())
        .map(
            c ->
                DynamicTest.dynamicTest(
                    c.name, () -> assertThat(seen(c, false)).isEqualTo(seen(c, true))));
  }
}
