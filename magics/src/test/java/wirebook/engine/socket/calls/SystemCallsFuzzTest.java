package wirebook.engine.socket.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random calls with random arguments: whatever the system says, this process goes on. */
@Tag("slow")
class SystemCallsFuzzTest {
  private static final int STEPS = Integer.getInteger("wirebook.fuzz", 20_000);
  private static final List<String> ADDRESSES =
      List.of(
          "127.0.0.1:0",
          "127.0.0.1:1",
          "[::1]:0",
          ":0",
          "@wirebook-fuzz",
          "127.0.0.1:65535",
          "/nowhere/x");

  private final SystemCalls calls = new SystemCalls();

  @AfterEach
  void closeAll() {
    calls.close();
  }

  @Test
  void noSequenceOfCallsEndsThisProcess() throws Exception {
    Random random = new Random(42);
    int made = 0;
    int refused = 0;
    for (int i = 0; i < STEPS; i++) {
      List<String> words = words(random);
      try {
        CallParser.Call call = CallParser.parse(calls, words);
        Syscall done = mayBlock(words) ? stopped(call) : call.make().get();
        assertThat(done.line()).startsWith(done.name() + "(");
        made++;
      } catch (CallParser.Wrong | IllegalArgumentException e) {
        assertThat(e.getMessage()).isNotBlank();
        refused++;
      }
    }
    assertThat(made).isGreaterThan(STEPS / 4);
    assertThat(refused).isGreaterThan(STEPS / 50);
  }

  /** These are given up at once, so that the interrupt meets calls at all stages. */
  private static boolean mayBlock(List<String> words) {
    return List.of(
            "accept", "connect", "send", "sendto", "recv", "recvfrom", "read", "write", "poll")
        .contains(words.getFirst());
  }

  private static Syscall stopped(CallParser.Call call) throws Exception {
    CompletableFuture<Syscall> result = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    result.complete(call.make().get());
                  } catch (RuntimeException e) {
                    result.completeExceptionally(e);
                  }
                });
    thread.interrupt();
    try {
      return result.get();
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw wrong;
      }
      throw e;
    }
  }

  private List<String> words(Random random) {
    List<String> words = new ArrayList<>();
    String name =
        calls.descriptors().size() < 8 || random.nextInt(10) == 0
            ? "socket"
            : CallParser.CALLS.get(random.nextInt(CallParser.CALLS.size()));
    words.add(name);
    if (name.equals("socket")) {
      words.add(pick(random, "inet", "inet6", "unix", "AF_BAD"));
      words.add(
          pick(
              random,
              "stream",
              "dgram",
              "seqpacket",
              "SOCK_STREAM|SOCK_NONBLOCK",
              "dgram|SOCK_NONBLOCK"));
      words.add(pick(random, "0", "0", "tcp", "udp", "200", "-1"));
      return words;
    }
    if (calls.descriptors().size() > 64) {
      words.set(0, "close");
    }
    words.add(
        random.nextInt(50) == 0 ? pick(random, "0", "1", "77777", "-1", "x") : descriptor(random));
    switch (words.getFirst()) {
      case "bind", "connect" -> words.add(ADDRESSES.get(random.nextInt(ADDRESSES.size())));
      case "listen" -> words.add(Integer.toString(random.nextInt()));
      case "send", "write" -> words.add("x".repeat(random.nextInt(1 << random.nextInt(17))) + "y");
      case "sendto" -> {
        words.add("data");
        words.add(pick(random, "0", "MSG_OOB", "MSG_MORE", "MSG_PEEK|MSG_DONTROUTE"));
        words.add(ADDRESSES.get(random.nextInt(ADDRESSES.size())));
      }
      case "recv", "recvfrom" -> {
        words.add(pick(random, "0", "1", "4096", "1048576", "1048577"));
        words.add(
            pick(
                random,
                "0",
                "MSG_PEEK",
                "MSG_TRUNC",
                "MSG_OOB",
                "MSG_WAITALL",
                "MSG_TRUNC|MSG_PEEK"));
      }
      case "read" -> words.add(pick(random, "0", "1", "4096", "99999999999"));
      case "shutdown" -> words.add(pick(random, "rd", "wr", "rdwr"));
      case "setsockopt", "getsockopt" -> {
        SocketOption option = SocketOption.ALL.get(random.nextInt(SocketOption.ALL.size()));
        words.add(option.name());
        if (words.getFirst().equals("setsockopt")) {
          words.add(
              option.kind() == SocketOption.Kind.LINGER
                  ? pick(random, "off", "0")
                  : Integer.toString(random.nextInt(random.nextBoolean() ? 3 : Integer.MAX_VALUE)));
        }
      }
      case "poll" -> {
        words.set(1, words.get(1) + ":" + pick(random, "POLLIN", "POLLOUT", "POLLIN|POLLHUP", "0"));
        words.add(descriptor(random));
        words.add("timeout=" + pick(random, "0", "1", "-1"));
      }
      case "fcntl" -> {
        words.add(pick(random, "F_GETFL", "F_SETFL", "F_GETFD", "F_SETFD"));
        if (words.get(2).contains("SET")) {
          words.add(pick(random, "0", "O_NONBLOCK", "FD_CLOEXEC", "O_APPEND"));
        }
      }
      default -> {
        // No further arguments.
      }
    }
    return words;
  }

  private String descriptor(Random random) {
    List<Descriptor> open = calls.descriptors();
    return open.isEmpty() ? "3" : open.get(random.nextInt(open.size())).toString();
  }

  private static String pick(Random random, String... of) {
    return of[random.nextInt(of.length)];
  }
}
