package wirebook.engine.http.curl;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.curl.options.Console;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.net.RealNetwork;

/** A shell for one command, whose output stays here. */
final class Setting {
  final ByteArrayOutputStream out = new ByteArrayOutputStream();
  final ByteArrayOutputStream err = new ByteArrayOutputStream();
  final Map<String, String> variables = new HashMap<>();
  byte[] stdin = new byte[0];
  boolean inCell;
  private final Path directory;

  Setting(Path directory) {
    this.directory = directory;
    variables.put("HOME", directory.toString());
  }

  CurlEnvironment environment() {
    return new CurlEnvironment(
        out,
        err,
        new ByteArrayInputStream(stdin),
        directory,
        variables,
        new RealNetwork(),
        inCell,
        false,
        1 << 20,
        Optional.empty());
  }

  Console console() {
    return new Console(environment());
  }

  HttpTransfer curl(String... words) throws InterruptedException {
    return CurlTool.run(environment(), List.of(words).stream().map(ByteText::fromText).toList());
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
