package wirebook.magics.serve;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import wirebook.engine.http.server.HttpServer;
import wirebook.spi.Html;
import wirebook.spi.MagicCall;
import wirebook.spi.MimeBundle;

/**
 * The way from the browser of a JupyterHub's user to a server of the notebook. There 127.0.0.1 is
 * the student's own machine; the hub leads to a port through jupyter-server-proxy, where that is
 * installed.
 */
final class HubLink {
  /** What that package puts into the environment of the notebook server. */
  private static final String INSTALLED =
      "etc/jupyter/jupyter_server_config.d/jupyter-server-proxy.json";

  private HubLink() {}

  /** The path at the hub; none without a hub, without its proxy, or over TLS, which that lacks. */
  static Optional<String> of(MagicCall call, HttpServer server) {
    return prefix(call)
        .filter(p -> server.certificate().isEmpty() && hasProxy(call))
        .map(p -> p + "proxy/" + server.port() + "/");
  }

  /** Shows the link, if there is one. */
  static void show(MagicCall call, HttpServer server) {
    of(call, server)
        .ifPresent(
            path ->
                call.display()
                    .show(
                        MimeBundle.text("In your browser: " + path)
                            .with(
                                MimeBundle.HTML,
                                new Html()
                                    .text("In your browser: ")
                                    .element("a", path, "href", path, "target", "_blank")
                                    .toString())));
  }

  /** Why there is none on this hub. */
  static Optional<String> lacking(MagicCall call, HttpServer server) {
    return prefix(call)
        .filter(p -> of(call, server).isEmpty())
        .map(
            p ->
                server.certificate().isPresent()
                    ? "Your browser does not reach it: the hub's proxy speaks no TLS with what is"
                        + " behind it. Without --tls it does."
                    : "Your browser does not reach it: this hub has no jupyter-server-proxy."
                        + " %curl and Java in cells do.");
  }

  private static Optional<String> prefix(MagicCall call) {
    return Optional.ofNullable(call.environment().get("JUPYTERHUB_SERVICE_PREFIX"))
        .filter(p -> call.inCell());
  }

  /** The server's environment is where its programs are, which the kernel has on its path. */
  private static boolean hasProxy(MagicCall call) {
    return Stream.concat(
            Stream.of("/usr", "/usr/local", "/").map(Path::of),
            Stream.of(call.environment().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .flatMap(folder -> Optional.ofNullable(Path.of(folder).getParent()).stream()))
        .anyMatch(prefix -> Files.exists(prefix.resolve(INSTALLED)));
  }
}
