package wirebook.engine.ssh.transcript;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.transcript.SshStep.Phase;
import wirebook.engine.ssh.transport.MessageWatch;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/** Writes down what goes over one connection; what is secret is not written. */
public final class Transcript implements MessageWatch {
  private static final int MOST_STEPS = 2000;
  private static final int MOST_BYTES = 4096;
  private static final List<String> LISTS =
      List.of(
          "kex",
          "host key",
          "cipher out",
          "cipher in",
          "mac out",
          "mac in",
          "compression out",
          "compression in");

  /** How the other side took its leave. */
  public record Disconnect(int code, String text) {}

  private final NetworkClock clock;
  private final SshLog log;
  private final List<SshStep> steps = new ArrayList<>();
  private final Deque<Integer> unmeasured = new ArrayDeque<>();
  private final Map<String, String> chosen = new LinkedHashMap<>();
  private final Map<Boolean, StringBuilder> versions =
      Map.of(true, new StringBuilder(), false, new StringBuilder());
  private final boolean[] secured = new boolean[2];
  private Optional<Disconnect> disconnect = Optional.empty();
  private Optional<PublicKeyBlob> host = Optional.empty();
  private Optional<String> method = Optional.empty();
  private Optional<Bytes> exchangeSignature = Optional.empty();
  private Phase phase = Phase.VERSION;
  private String authentication = "";
  private int dropped;
  private long sent;
  private long received;

  public Transcript(NetworkClock clock, SshLog log) {
    this.clock = clock;
    this.log = log;
  }

  /**
   * Says how much has gone over the wire, and how fast.
   *
   * @param start of the session, as the network's clock counts nanoseconds
   */
  public synchronized void sayTraffic(long start) {
    double seconds = (clock.nanoTime() - start) / 1e9;
    log.verbose(
        String.format(
            Locale.ROOT,
            "Transferred: sent %d, received %d bytes, in %.1f seconds",
            sent,
            received,
            seconds));
    if (seconds > 0) {
      log.verbose(
          String.format(
              Locale.ROOT,
              "Bytes per second: sent %.1f, received %.1f",
              sent / seconds,
              received / seconds));
    }
  }

  /** A piece as it is on the wire. */
  public synchronized void bytes(boolean in, byte[] piece) {
    if (in) {
      received += piece.length;
    } else {
      sent += piece.length;
    }
    StringBuilder version = versions.get(!in);
    if (version != null && version.indexOf("\n") < 0) {
      version(!in, version, piece);
    } else if (!in && !unmeasured.isEmpty()) {
      measure(unmeasured.poll(), piece.length);
    }
  }

  private void version(boolean out, StringBuilder line, byte[] piece) {
    for (byte b : piece) {
      if (line.length() >= MOST_BYTES || line.indexOf("\n") >= 0) {
        break;
      }
      line.append((char) (b & 0xff));
    }
    if (line.indexOf("\n") >= 0) {
      String text = line.toString().stripTrailing();
      Bytes bytes = Bytes.of(line.toString().getBytes(StandardCharsets.ISO_8859_1));
      add(
          new SshStep(
              clock.instant(),
              Phase.VERSION,
              out,
              "version",
              text,
              bytes.length(),
              Optional.of(bytes.length()),
              false,
              bytes));
    }
  }

  private void measure(int index, int size) {
    if (index >= 0) {
      SshStep s = steps.get(index);
      steps.set(
          index,
          new SshStep(
              s.at(),
              s.phase(),
              s.sent(),
              s.name(),
              s.words(),
              s.payload(),
              Optional.of(size),
              s.encrypted(),
              s.bytes()));
    }
  }

  private int add(SshStep step) {
    if (steps.size() >= MOST_STEPS) {
      dropped++;
      return -1;
    }
    steps.add(step);
    return steps.size() - 1;
  }

  @Override
  public synchronized void message(boolean out, int number, int size, Buffer body) {
    Buffer copy = new ByteArrayBuffer(body.array(), body.rpos(), body.available());
    Bytes bytes = Bytes.of(body.array(), body.rpos(), Math.min(size, MOST_BYTES));
    copy.getUByte();
    String words;
    try {
      words = words(out, number, copy);
    } catch (RuntimeException e) {
      words = "(malformed)";
    }
    phase = phase(number);
    boolean secret =
        out
            && (number == SshConstants.SSH_MSG_USERAUTH_INFO_RESPONSE
                || (number == SshConstants.SSH_MSG_USERAUTH_REQUEST
                    && authentication.equals("password")));
    boolean encrypted = secured[out ? 1 : 0];
    int index =
        add(
            new SshStep(
                clock.instant(),
                phase,
                out,
                name(number),
                words,
                size,
                Optional.empty(),
                encrypted,
                secret ? Bytes.EMPTY : bytes));
    if (out) {
      unmeasured.add(index);
    }
    if (number == SshConstants.SSH_MSG_NEWKEYS) {
      secured[out ? 1 : 0] = true;
      log.debug("SSH2_MSG_NEWKEYS " + (out ? "sent" : "received"));
    }
    log.debug3((out ? "send" : "receive") + " packet: type " + number);
  }

  private Phase phase(int number) {
    return number <= SshConstants.SSH_MSG_DEBUG
        // These may come at any time.
        ? phase
        : number == SshConstants.SSH_MSG_KEXINIT
            ? Phase.NEGOTIATION
            : number == SshConstants.SSH_MSG_NEWKEYS || (number >= 30 && number < 50)
                ? Phase.KEY_EXCHANGE
                : number < 20
                    ? Phase.SERVICE
                    : number < 80 ? Phase.AUTHENTICATION : Phase.CONNECTION;
  }

  private String name(int number) {
    return switch (number) {
      case 60 ->
          authentication.equals("keyboard-interactive")
              ? "SSH_MSG_USERAUTH_INFO_REQUEST"
              : "SSH_MSG_USERAUTH_PK_OK";
      case 7 -> "SSH_MSG_EXT_INFO";
      case 30, 31 -> number == 30 ? "SSH_MSG_KEX_ECDH_INIT" : "SSH_MSG_KEX_ECDH_REPLY";
      default -> SshConstants.getCommandMessageName(number);
    };
  }

  @SuppressWarnings("RefactorSwitch") // Its arms are too different.
  private String words(boolean out, int number, Buffer in) {
    switch (number) {
      case SshConstants.SSH_MSG_DISCONNECT -> {
        int code = in.getInt();
        String text = in.getString(StandardCharsets.UTF_8);
        if (!out) {
          disconnect = Optional.of(new Disconnect(code, text));
        }
        return code + ": " + text;
      }
      case SshConstants.SSH_MSG_KEXINIT -> {
        in.rpos(in.rpos() + 16);
        StringBuilder text = new StringBuilder();
        for (String list : LISTS) {
          text.append(text.isEmpty() ? "" : "; ")
              .append(list)
              .append(": ")
              .append(in.getString(StandardCharsets.US_ASCII));
        }
        return text.toString();
      }
      case SshConstants.SSH_MSG_KEXDH_REPLY, SshConstants.SSH_MSG_KEX_DH_GEX_REPLY -> {
        if (out || exchangeSignature.isPresent()) {
          return "";
        }
        in.getBytes();
        in.getBytes();
        // In a group exchange the first of the two is the group, and has two numbers only.
        if (in.available() > 0) {
          exchangeSignature = Optional.of(Bytes.of(in.getBytes()));
        }
        return "host key, the server's half, and its signature over all that was said";
      }
      case SshConstants.SSH_MSG_SERVICE_REQUEST, SshConstants.SSH_MSG_SERVICE_ACCEPT -> {
        return in.getString(StandardCharsets.UTF_8);
      }
      case SshConstants.SSH_MSG_USERAUTH_REQUEST -> {
        String user = in.getString(StandardCharsets.UTF_8);
        in.getString(StandardCharsets.UTF_8);
        authentication = in.getString(StandardCharsets.UTF_8);
        boolean key = authentication.startsWith("publickey");
        return authentication
            + " for "
            + user
            + (key
                ? in.getBoolean()
                    ? ": signed over the session's identifier and this request"
                    : ": would this key do?"
                : authentication.equals("password") ? ": the password, not shown" : "");
      }
      case SshConstants.SSH_MSG_USERAUTH_FAILURE -> {
        String methods = in.getString(StandardCharsets.UTF_8);
        return "can continue: " + methods + (in.getBoolean() ? " (partial success)" : "");
      }
      case SshConstants.SSH_MSG_GLOBAL_REQUEST -> {
        return in.getString(StandardCharsets.UTF_8);
      }
      case SshConstants.SSH_MSG_CHANNEL_OPEN -> {
        String type = in.getString(StandardCharsets.UTF_8);
        return type + " as " + in.getInt() + ", window " + in.getUInt();
      }
      case SshConstants.SSH_MSG_CHANNEL_OPEN_CONFIRMATION -> {
        in.getInt();
        return "as " + in.getInt() + ", window " + in.getUInt();
      }
      case SshConstants.SSH_MSG_CHANNEL_WINDOW_ADJUST -> {
        in.getInt();
        return in.getUInt() + " more bytes";
      }
      case SshConstants.SSH_MSG_CHANNEL_DATA -> {
        in.getInt();
        return in.getInt() + " bytes";
      }
      case SshConstants.SSH_MSG_CHANNEL_EXTENDED_DATA -> {
        in.getInt();
        return (in.getInt() == 1 ? "stderr, " : "") + in.getInt() + " bytes";
      }
      case SshConstants.SSH_MSG_CHANNEL_REQUEST -> {
        in.getInt();
        String request = in.getString(StandardCharsets.UTF_8);
        in.getBoolean();
        return switch (request) {
          case "exec", "subsystem" -> request + " " + in.getString(StandardCharsets.UTF_8);
          case "exit-status" -> request + " " + in.getInt();
          case "env" ->
              request
                  + " "
                  + in.getString(StandardCharsets.UTF_8)
                  + "="
                  + in.getString(StandardCharsets.UTF_8);
          default -> request;
        };
      }
      default -> {
        return "";
      }
    }
  }

  /** How the other side took its leave; none when it did not say. */
  public synchronized Optional<Disconnect> disconnect() {
    return disconnect;
  }

  /** The host's signature over the first key exchange; none before it. */
  public synchronized Optional<Bytes> exchangeSignature() {
    return exchangeSignature;
  }

  /** What was agreed on. */
  public synchronized void chosen(Map<String, String> names) {
    chosen.putAll(names);
  }

  /** The host's key. */
  public synchronized void hostKey(PublicKeyBlob key) {
    host = Optional.of(key);
  }

  /** The user got in. */
  public synchronized void loggedIn(String by) {
    method = Optional.of(by);
  }

  /** All of it until now. */
  public synchronized SshSession session() {
    Optional<String> server =
        steps.stream()
            .filter(s -> s.name().equals("version") && !s.sent())
            .map(SshStep::words)
            .findFirst();
    return new SshSession(
        server,
        chosen,
        host.map(k -> Fingerprint.of(k, "SHA256")),
        host.map(k -> Fingerprint.randomart(k, "SHA256", Fingerprint.bits(k))),
        method,
        steps,
        dropped,
        sent,
        received);
  }
}
