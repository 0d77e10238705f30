package wirebook.engine.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import wirebook.peer.Peer;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** The filters behind a pipe print what the real ones print. */
class FiltersIT {
  private static final String JSON =
      """
      {"items": [{"id": 3, "name": "tea", "tags": ["a", "b"], "price": 2.50},
       {"id": 1, "name": "Coffee \\"x\\"", "tags": [], "price": null}],
       "count": 2, "next": null, "ok": true, "ünï": "é<&>", "nested": {"b": {"a": [1, [2, 3]]}, "a": 1e3}}
      """;
  private static final String TEXT =
      "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nb 2\na 10\na 9\nB 2\n\na 10\nlast line\nA.b+c\nno end";

  private static final List<String> OF_JSON =
      List.of(
          "jq .",
          "jq",
          "jq -c .",
          "jq -r .items[].name",
          "jq .items[0]",
          "jq -c '.items[-1]'",
          "jq '.items | length'",
          "jq -c '.items | map(.id)'",
          "jq -c '.items[] | {name, n: .id, (.name): 1}'",
          "jq -r '.items[] | \"\\(.name): \\(.price)\"'",
          "jq '.items[] | select(.id > 1) | .name'",
          "jq '.items[] | select(.name == \"tea\" and .id != 1).id'",
          "jq -c '[.items[].tags[]]'",
          "jq -c 'keys'",
          "jq -c '.items | sort_by(.id) | .[].id'",
          "jq '.missing.deep'",
          "jq '.items[0].price // 7, .next // \"none\"'",
          "jq -c '..'",
          "jq '.[\"count\"], .\"ok\"'",
          "jq -c '.nested.b.a[1:]'",
          "jq -c '.nested.b.a | flatten'",
          "jq -c '.items | group_by(.id > 2)'",
          "jq -S -c .",
          "jq -c 'to_entries | .[0]'",
          "jq -r '.items | map(.name) | join(\", \")'",
          "jq '[.items[].id] | add, min, max'",
          "jq '.items[0].price * 2, 1 - 3, 7 / 2'",
          "jq -r '.[\"ünï\"]'",
          "jq 'if .ok then \"yes\" else \"no\" end'",
          "jq -c '.items | first, last | .id'",
          "jq '.items | any(.id == 3)?'",
          "jq '.count | tostring, type'",
          "jq -c '.items[]?, .count[]?'",
          "jq '.items | has(1), has(5)'",
          "jq '.ok | not'",
          "jq -j '.count, .ok'",
          "jq '.items | .[0] | .name | startswith(\"t\"), test(\"E\")'",
          "grep -c name",
          "wc -c");

  private static final List<String> OF_TEXT =
      List.of(
          "head -n 1",
          "head -2",
          "head -n -3",
          "head -c 7",
          "tail -n 2",
          "tail -n +3",
          "tail -1",
          "tail -c 4",
          "head -n 0",
          "wc",
          "wc -l",
          "wc -w",
          "wc -lw",
          "sort",
          "sort -r",
          "sort -n",
          "sort -u",
          "sort -f",
          "uniq -c",
          "uniq",
          "grep a",
          "grep -i server",
          "grep -v a",
          "grep -n '^a'",
          "grep -o '[0-9]*'",
          "grep -E 'a|b'",
          "grep 'a|b'",
          "grep 'a\\|b'",
          "grep -F A.b+c",
          "grep 'b+c'",
          "grep -w a",
          "grep -A1 -n 'a 9'",
          "grep -C 1 OK",
          "grep -m 1 a",
          "grep -c a",
          "grep -e last -e '^B'",
          "grep '[[:digit:]][[:digit:]]'",
          "grep -io 'SERVER: .*'",
          "egrep '(a|b) [0-9]+'",
          "cat");

  private static List<Word> words(String command) {
    List<Word> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean quoted = false;
    for (char c : (command + " ").toCharArray()) {
      if (c == '\'') {
        quoted = !quoted;
      } else if (c == ' ' && !quoted) {
        words.add(new Word(word.toString(), Span.NONE));
        word.setLength(0);
      } else {
        word.append(c);
      }
    }
    return words;
  }

  private static String real(String command, String in) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", command);
    builder.environment().putAll(Map.of("LC_ALL", "C.UTF-8", "POSIXLY_CORRECT", ""));
    builder.environment().remove("POSIXLY_CORRECT");
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try (OutputStream out = process.getOutputStream()) {
      out.write(in.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It wants no more.
    }
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return printed;
  }

  private static void compare(List<String> commands, String in) throws Exception {
    List<String> wrong = new ArrayList<>();
    for (String command : commands) {
      String ours;
      try {
        ours =
            new String(
                Filter.of(words(command), "curl").apply(in.getBytes(StandardCharsets.UTF_8)),
                StandardCharsets.UTF_8);
      } catch (RuntimeException | Filter.Broken e) {
        ours = e.toString();
      }
      String theirs = real(command, in);
      if (!ours.equals(theirs)) {
        wrong.add(command + "\n--- ours\n" + ours + "\n--- theirs\n" + theirs);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void jsonTextsMayStandOneAfterTheOther() throws Exception {
    for (String in :
        List.of(
            "{\n \"a\": [1, \"]}\\\"\"]\n}{\"b\":2}\n[3]", "1 \"x\"\"y\" true\nnull[]", " {} \n")) {
      compare(List.of("jq -c .", "jq -c 'type'", "jq -s -c length"), in);
    }
  }

  @Test
  void whatIsNotUnderstoodIsRefusedBeforeAnythingIsSent() {
    for (String command :
        List.of(
            "jq .[", "jq 'def f: .; f'", "jq -x .", "grep -Z a", "sed s/a/b/", "sh", "head f g")) {
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(
                  () -> Filter.of(words(command), "curl")))
          .as(command)
          .isInstanceOf(wirebook.spi.MagicException.class)
          .hasMessageContaining("nothing is sent");
    }
  }

  @Test
  @Peer("jq")
  void jsonComesOutAsFromJq() throws Exception {
    compare(OF_JSON, JSON);
    compare(List.of("jq -c .a", "jq -s -c ."), "{\"a\": 1}\n{\"a\": 2}\n");
  }

  @Test
  void textComesOutAsFromThePrograms() throws Exception {
    compare(OF_TEXT, TEXT);
    compare(OF_TEXT, "");
    compare(OF_TEXT, "one\n");
  }
}
