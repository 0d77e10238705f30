package wirebook.kernel.session;

import java.util.List;
import java.util.Optional;
import wirebook.codec.Json;
import wirebook.kernel.protocol.ConnectionInfo;
import wirebook.kernel.protocol.Message;

/** What a kernel says of itself: its language, its ports, and that it has no debugger. */
final class KernelInfo {
  private static final String MIME_TYPE = "text/x-java-source";

  private KernelInfo() {}

  static Json.Obj reply() {
    String version =
        Optional.ofNullable(KernelInfo.class.getPackage().getImplementationVersion())
            .orElse("development");
    String java = System.getProperty("java.version", "");
    return Json.object("status", "ok")
        .with("protocol_version", Json.of(Message.VERSION))
        .with("implementation", Json.of("wirebook"))
        .with("implementation_version", Json.of(version))
        .with("banner", Json.of("Wirebook " + version + " on Java " + java))
        .with("debugger", Json.of(false))
        .with("supported_features", Json.texts(List.of("kernel subshells")))
        .with(
            "language_info",
            Json.object(
                "name",
                "java",
                // The language's, and not that of the JDK: it is written into each notebook that is
                // saved, which must not change with every update.
                "version",
                String.valueOf(Runtime.version().feature()),
                "mimetype",
                MIME_TYPE,
                // That of the scripts that jupytext pairs with notebooks in Java; it knows no
                // other.
                "file_extension",
                ".java",
                // Java's own has a red mark at each apostrophe and backslash of a line such as
                // %curl -d '{"a": 1}'. This one reads the same words, and text in '…' as well.
                "pygments_lexer",
                "xtend",
                "codemirror_mode",
                "text/x-java",
                "nbconvert_exporter",
                "script"))
        .with("help_links", helpLinks());
  }

  private static Json helpLinks() {
    List<Json> links =
        List.of(
            Json.object(
                "text",
                "Java 25 API",
                "url",
                "https://docs.oracle.com/en/java/javase/25/docs/api/index.html"));
    return Json.of(links);
  }

  static Json.Obj ports(ConnectionInfo connection) {
    return Json.object("status", "ok")
        .with("shell_port", Json.of(connection.shellPort()))
        .with("iopub_port", Json.of(connection.iopubPort()))
        .with("stdin_port", Json.of(connection.stdinPort()))
        .with("control_port", Json.of(connection.controlPort()))
        .with("hb_port", Json.of(connection.heartbeatPort()));
  }

  /** A response of the Debug Adapter Protocol that says no. */
  static Json.Obj noDebugger(Json.Obj request) {
    return Json.object(
        "type",
        "response",
        "seq",
        0,
        "request_seq",
        request.integer("seq").orElse(0),
        "command",
        request.text("command").orElse(""),
        "success",
        false,
        "message",
        "Wirebook has no debugger");
  }
}
