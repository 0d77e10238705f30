package wirebook.kernel.protocol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import wirebook.codec.Json;

/**
 * What a connection file says ("Making kernels for Jupyter", Connection files).
 *
 * @param transport {@code tcp} or {@code ipc}
 * @param ip the address to bind, or the start of the sockets' file names
 * @param key what messages are signed with; empty for unsigned ones
 */
public record ConnectionInfo(
    String transport,
    String ip,
    int shellPort,
    int iopubPort,
    int stdinPort,
    int controlPort,
    int heartbeatPort,
    String signatureScheme,
    String key) {

  /**
   * Reads a connection file.
   *
   * @throws IOException with a sentence for people when it cannot be used
   */
  public static ConnectionInfo read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("there is no connection file " + file);
    }
    try {
      if (Json.parse(Files.readString(file)) instanceof Json.Obj json) {
        return of(json, file);
      }
      throw new IOException("the connection file " + file + " holds no JSON object");
    } catch (Json.Malformed e) {
      throw new IOException("the connection file " + file + " is not JSON: " + e.getMessage(), e);
    }
  }

  private static ConnectionInfo of(Json.Obj json, Path file) throws IOException {
    String transport = json.text("transport").orElse("tcp");
    if (!transport.equals("tcp") && !transport.equals("ipc")) {
      throw new IOException(
          "the connection file %s asks for the transport %s; tcp and ipc are known"
              .formatted(file, transport));
    }
    if (json.text("curve_secretkey").isPresent()) {
      // A client that was given such keys would wait for ever for the first answer.
      throw new IOException(
          "the connection file "
              + file
              + " asks for CurveZMQ, which this kernel does not speak; start it with"
              + " KernelManager.transport_encryption set to disabled or auto");
    }
    return new ConnectionInfo(
        transport,
        json.text("ip").orElse("127.0.0.1"),
        port(json, "shell_port", file),
        port(json, "iopub_port", file),
        port(json, "stdin_port", file),
        port(json, "control_port", file),
        port(json, "hb_port", file),
        json.text("signature_scheme").filter(s -> !s.isEmpty()).orElse("hmac-sha256"),
        json.text("key").orElse(""));
  }

  /** Whether the kernel is to choose a port. */
  public boolean leavesPorts() {
    return shellPort == 0
        || iopubPort == 0
        || stdinPort == 0
        || controlPort == 0
        || heartbeatPort == 0;
  }

  /** The same with other ports. */
  public ConnectionInfo withPorts(int shell, int iopub, int stdin, int control, int heartbeat) {
    return new ConnectionInfo(
        transport, ip, shell, iopub, stdin, control, heartbeat, signatureScheme, key);
  }

  /**
   * Puts these ports into a connection file, for a launcher that left it to the kernel to choose
   * them. All else in the file stays, and who may read it.
   */
  public void writePorts(Path file) throws IOException {
    try {
      if (Json.parse(Files.readString(file)) instanceof Json.Obj json) {
        Json.Obj written =
            json.with("shell_port", Json.of(shellPort))
                .with("iopub_port", Json.of(iopubPort))
                .with("stdin_port", Json.of(stdinPort))
                .with("control_port", Json.of(controlPort))
                .with("hb_port", Json.of(heartbeatPort));
        Files.writeString(file, written.write() + "\n");
      }
    } catch (Json.Malformed e) {
      throw new IOException("the connection file " + file + " is no JSON any more", e);
    }
  }

  private static int port(Json.Obj json, String name, Path file) throws IOException {
    int port = json.integer(name).orElse(-1);
    if (port < 0 || port > 0xffff) {
      throw new IOException("the connection file " + file + " has no usable " + name);
    }
    return port;
  }
}
