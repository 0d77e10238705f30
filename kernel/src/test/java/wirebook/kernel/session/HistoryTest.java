package wirebook.kernel.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  @TempDir private Path folder;

  private static List<String> inputs(List<History.Entry> entries) {
    return entries.stream().map(History.Entry::input).toList();
  }

  @Test
  void itIsKeptAcrossRestarts() throws IOException {
    Path file = folder.resolve("a/history.jsonl");
    try (History first = History.in(file)) {
      first.add(1, "int x = \"\u00e9\";\n", Optional.of("7"));
    }
    try (History second = History.in(file)) {
      second.add(1, "x", Optional.empty());
      assertThat(inputs(second.tail(10))).containsExactly("int x = \"\u00e9\";\n", "x");
      assertThat(second.range(-1, 1, Optional.empty()).getFirst().output()).contains("7");
      assertThat(inputs(second.range(0, 0, Optional.empty()))).containsExactly("x");
      assertThat(inputs(second.range(1, 1, Optional.of(1)))).isEmpty();
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void passwordsOfACellAreNotInTheFile() throws IOException {
    Path file = folder.resolve("history.jsonl");
    String cell =
        """
        %ssh-keygen -t ed25519 -f key -N 'herring bone' -C me
        %ssh-keygen -p -P "herring bone" -Nmackerel \\
          -f key
        %ssh-keygen -f open -N ''
        !ssh-keygen -qN mackerel -f other
        %ssh --password cod ada@shell.class.example true
        %ssh -N -L 9000:localhost:8000 ada@shell.class.example
        """;
    try (History first = History.in(file)) {
      first.add(1, cell, Optional.empty());
      assertThat(inputs(first.tail(1))).containsExactly(cell);
    }
    try (History second = History.in(file)) {
      assertThat(inputs(second.tail(1)))
          .containsExactly(
              """
              %ssh-keygen -t ed25519 -f key -N … -C me
              %ssh-keygen -p -P … -N… \\
                -f key
              %ssh-keygen -f open -N ''
              !ssh-keygen -qN … -f other
              %ssh --password … ada@shell.class.example true
              %ssh -N -L 9000:localhost:8000 ada@shell.class.example
              """);
    }
  }

  @Test
  void twoKernelsShareTheFile() {
    Path file = folder.resolve("history.jsonl");
    try (History one = History.in(file);
        History two = History.in(file)) {
      one.add(1, "one", Optional.empty());
      assertThat(inputs(one.tail(9))).containsExactly("one");
      two.add(1, "two", Optional.empty());
      assertThat(inputs(two.tail(9))).containsExactly("one", "two");
      assertThat(two.tail(1).getFirst().session()).isEqualTo(2);
    }
  }

  @Test
  void aSessionThatWentOnForLongAfterAnotherBeganDoesNotHideIt() throws IOException {
    Path file = folder.resolve("history.jsonl");
    String cell = "{\"session\":1,\"line\":1,\"input\":\"" + "x".repeat(100) + "\"}\n";
    Files.writeString(
        file,
        "{\"session\":1,\"chain\":\"1a\"}\n{\"session\":2,\"chain\":\"2b\"}\n"
            + cell.repeat(9_000));
    try (History history = History.in(file)) {
      history.add(1, "a", Optional.empty());
      assertThat(history.tail(1).getFirst().session()).isEqualTo(3);
      assertThat(history.range(1, 1, Optional.empty())).hasSize(9_000);
    }
  }

  @Test
  void brokenLinesAreLeftOut() throws IOException {
    Path file = folder.resolve("history.jsonl");
    Files.writeString(file, "{\"session\":4}\n{\"session\":4,\"line\":1,\"input\":\"a\"}\n{\"sess");
    try (History history = History.in(file)) {
      history.add(1, "b", Optional.empty());
      assertThat(inputs(history.tail(9))).containsExactly("a", "b");
      assertThat(history.tail(1).getFirst().session()).isEqualTo(5);
    }
    try (History history = History.in(file)) {
      assertThat(inputs(history.tail(9))).containsExactly("a", "b");
    }
  }

  @Test
  void whereItCannotBeWrittenThisSessionIsRemembered() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    try (History history = History.in(file.resolve("below"))) {
      history.add(1, "a", Optional.empty());
      assertThat(inputs(history.tail(9))).containsExactly("a");
    }
  }

  @Test
  void searchTakesGlobsCountsAndUniqueness() {
    try (History history = History.inMemory()) {
      List.of("1+2+3", "int a;", "b[0]", "int a;", "x\ny")
          .forEach(i -> history.add(1, i, Optional.empty()));
      assertThat(inputs(history.search("1?2*", Optional.empty(), false))).containsExactly("1+2+3");
      assertThat(inputs(history.search("*a*", Optional.of(1), false))).containsExactly("int a;");
      assertThat(inputs(history.search("int*", Optional.empty(), true))).containsExactly("int a;");
      assertThat(inputs(history.search("b[[]0]", Optional.empty(), false))).containsExactly("b[0]");
      assertThat(inputs(history.search("[^1i]*", Optional.empty(), false)))
          .containsExactly("b[0]", "x\ny");
      assertThat(inputs(history.search("x*y", Optional.of(0), false))).isEmpty();
    }
  }

  @Test
  void searchFindsWhatThisNotebookRanAlsoBeforeARestart() throws IOException {
    Map<String, String> here =
        Map.of("WIREBOOK_HISTORY", folder.resolve("shared.jsonl").toString());
    try (History before = History.ofUser(here, "this one's key");
        History other = History.ofUser(here, "another key");
        History unsigned = History.ofUser(here, "")) {
      before.add(1, "1+2", Optional.empty());
      // One process has one lock of a file, so each writes in its turn.
      assertThat(before.tail(9)).hasSize(1);
      other.add(1, "1+3", Optional.empty());
      assertThat(other.tail(9)).hasSize(2);
      unsigned.add(1, "1+4", Optional.empty());
      assertThat(unsigned.tail(9)).hasSize(3);
      assertThat(inputs(other.search("1+*", Optional.empty(), true))).containsExactly("1+3");
    }
    try (History restarted = History.ofUser(here, "this one's key")) {
      restarted.add(1, "1+5", Optional.empty());
      assertThat(inputs(restarted.search("1+*", Optional.empty(), true)))
          .containsExactly("1+2", "1+5");
      assertThat(inputs(restarted.tail(9))).containsExactly("1+2", "1+3", "1+4", "1+5");
    }
    assertThat(folder.resolve("shared.jsonl")).content().doesNotContain("key");
  }

  @Test
  void searchFindsWhatOthersRanWhenThisNotebookHasNothingLikeIt() {
    Map<String, String> here =
        Map.of("WIREBOOK_HISTORY", folder.resolve("shared.jsonl").toString());
    try (History yesterday = History.ofUser(here, "yesterday's key")) {
      yesterday.add(1, "%dig example.com", Optional.empty());
      yesterday.add(2, "1+2", Optional.empty());
    }
    try (History today = History.ofUser(here, "today's key")) {
      today.add(1, "1+3", Optional.empty());
      assertThat(inputs(today.search("%dig*", Optional.empty(), false)))
          .containsExactly("%dig example.com");
      assertThat(inputs(today.search("1+*", Optional.empty(), false))).containsExactly("1+3");
    }
  }

  @Test
  void aNegativeLineCountsFromTheEndOfItsSession() {
    Path file = folder.resolve("history.jsonl");
    try (History first = History.in(file)) {
      List.of("a", "b", "c").forEach(i -> first.add(i.charAt(0) - 'a' + 1, i, Optional.empty()));
      assertThat(inputs(first.range(0, -2, Optional.empty()))).containsExactly("b", "c");
      assertThat(inputs(first.range(0, 1, Optional.of(-1)))).containsExactly("a", "b");
      assertThat(inputs(first.range(0, -9, Optional.of(0)))).containsExactly("a", "b", "c");
    }
    try (History second = History.in(file)) {
      assertThat(inputs(second.range(-1, -1, Optional.empty()))).containsExactly("c");
      assertThat(second.range(0, -1, Optional.empty())).isEmpty();
    }
  }

  @Test
  void theLastCellsOfAllSessionsAreInTheirOrder() {
    Path file = folder.resolve("history.jsonl");
    for (String input : List.of("a", "b", "c")) {
      try (History history = History.in(file)) {
        history.add(1, input, Optional.empty());
        history.add(2, input + "2", Optional.empty());
      }
    }
    try (History last = History.in(file)) {
      last.add(1, "d", Optional.empty());
      assertThat(inputs(last.tail(4))).containsExactly("b2", "c", "c2", "d");
      assertThat(inputs(last.tail(1))).containsExactly("d");
      assertThat(last.tail(-1)).isEmpty();
    }
  }

  @Test
  void theEnvironmentSaysWhere() {
    try (History none = History.ofUser(Map.of("WIREBOOK_HISTORY", ""), "k")) {
      none.add(1, "a", Optional.empty());
      assertThat(none.tail(2)).hasSize(1);
    }
    try (History state = History.ofUser(Map.of("XDG_STATE_HOME", folder.toString()), "k")) {
      state.add(1, "a", Optional.empty());
      assertThat(state.tail(2)).hasSize(1);
    }
    assertThat(folder.resolve("wirebook/history.jsonl")).exists();
  }
}
