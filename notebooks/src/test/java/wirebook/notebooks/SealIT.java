package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * No packet leaves the machine while the lab is in use: all kinds of clients, every magic, and what
 * goes round the usual ways, run in a network namespace with a link, default routes and a resolver,
 * on which tcpdump looks. A case is a file of {@code src/test/seal}: cells, with {@code ---}
 * between them; {@code go} says what it expects of a call.
 */
class SealIT {
  private static final Path CASES = Path.of("src", "test", "seal");
  private static final Path WORK = Path.of("target", "seal").toAbsolutePath();
  private static final String SPACE = "wirebook-seal-" + ProcessHandle.current().pid();
  private static final String FAR = "wbs" + ProcessHandle.current().pid() % 100_000;
  private static final Path RESOLV_CONF = Path.of("/etc/netns", SPACE, "resolv.conf");

  /** To the discard port, so that it is known that packets are seen. */
  private static final String CONTROL =
      "new java.net.DatagramSocket().send(new java.net.DatagramPacket(new byte[1], 1,"
          + " new java.net.InetSocketAddress(\"10.99.0.1\", 9)));";

  private static final List<String> FIRST =
      List.of(
          """
          import java.net.*;
          import java.net.http.*;
          import java.nio.*;
          import java.nio.channels.*;
          import java.util.*;
          """,
          """
          void go(String what, String expected, java.util.concurrent.Callable<?> code) {
            String got;
            try {
              got = String.valueOf(code.call());
            } catch (Throwable e) {
              got = e + (e.getCause() == null ? "" : ", as " + e.getCause());
            }
            boolean as = java.util.regex.Pattern.compile(expected).matcher(got).find();
            System.out.println((as ? "as expected: " : "UNEXPECTED: ") + what + ": " + got);
          }
          """);

  private Process tcpdump;
  private final Path capture = WORK.resolve("eth9.pcap");

  @BeforeEach
  void aLinkThatIsWatched() throws Exception {
    Peers.program("tcpdump");
    Peers.program("ip");
    Peers.root();
    Files.createDirectories(WORK);
    Files.deleteIfExists(capture);
    ip("netns add " + SPACE);
    ip("link add " + FAR + " type veth peer name eth9 netns " + SPACE);
    ip("link set " + FAR + " addrgenmode none");
    ip("link set " + FAR + " up");
    // A link-local address of its own would make it look for routers.
    for (String each :
        List.of(
            "link set lo up",
            "link set eth9 addrgenmode none",
            "addr add 10.99.0.2/24 dev eth9",
            "-6 addr add fd99::2/64 dev eth9 nodad",
            "link set eth9 up",
            "route add default via 10.99.0.1",
            "-6 route add default via fd99::1",
            "neigh add 10.99.0.1 lladdr 02:00:00:00:00:01 dev eth9",
            "neigh add fd99::1 lladdr 02:00:00:00:00:01 dev eth9")) {
      ip("-n " + SPACE + " " + each);
    }
    Files.createDirectories(RESOLV_CONF.getParent());
    Files.writeString(RESOLV_CONF, "nameserver 10.255.255.53\n");
    tcpdump =
        new ProcessBuilder(
                inside("tcpdump", "-i", "eth9", "-Q", "out", "-n", "-U", "-w", capture.toString()))
            .redirectErrorStream(true)
            .start();
    tcpdump.inputReader().readLine();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (tcpdump != null) {
      tcpdump.destroyForcibly().waitFor();
      ip("netns del " + SPACE);
      Files.deleteIfExists(RESOLV_CONF);
      Files.deleteIfExists(RESOLV_CONF.getParent());
    }
  }

  @Test
  void noPacketLeavesTheMachineWhileTheLabIsInUse() throws Exception {
    List<Path> notebooks = new ArrayList<>();
    List<String> libraries = new ArrayList<>();
    try (Stream<Path> files = Files.list(CASES)) {
      for (Path file : files.sorted().toList()) {
        List<String> cells = new ArrayList<>(FIRST);
        cells.addAll(Arrays.asList(Files.readString(file).split("(?m)^---\\n")));
        cells.stream().filter(c -> c.startsWith("%maven")).forEach(libraries::add);
        notebooks.add(notebook(file.getFileName().toString().replace(".txt", ""), cells));
      }
    }
    Path control = notebook("control", List.of("%internet real", CONTROL));
    Path fetch = notebook("fetch", libraries);
    run(Peers.wirebook("run", fetch.toString()));

    Path executed = WORK.resolve("executed");
    // What goes out waits for an answer that does not come: the magics do as long as all others.
    List<Path> magics = notebooks.stream().filter(n -> n.endsWith("magics.ipynb")).toList();
    assertThat(magics).hasSize(1);
    List<Path> others = new ArrayList<>(notebooks);
    others.removeAll(magics);
    others.addFirst(control);
    FutureTask<String> beside = new FutureTask<>(() -> run("magics", executed, magics));
    Thread.ofVirtual().start(beside);
    run("others", executed, others);
    beside.get();

    // The system itself says which groups its own addresses are in, some seconds after the start.
    List<String> seen =
        run(List.of("tcpdump", "-n", "-t", "-v", "-r", capture.toString()))
            .replaceAll("\\n[ \\t]+", " ")
            .lines()
            .filter(line -> line.startsWith("IP") || line.startsWith("ARP"))
            .filter(line -> !line.contains("gaddr ff02::1:ff"))
            .toList();
    assertThat(seen).first().asString().contains("10.99.0.1.9: UDP");
    assertThat(seen).as("what left the machine").hasSize(1);
    for (Path each : notebooks) {
      Path done = executed.resolve(each.getFileName());
      assertThat(texts(done))
          .as(each.toString())
          .isNotEmpty()
          .noneMatch(t -> t.contains("UNEXPECTED"));
    }
  }

  /** Each cell may fail: what matters is said in it. */
  private static Path notebook(String name, List<String> sources) throws IOException {
    JsonArray cells = new JsonArray();
    for (String source : sources) {
      JsonArray tags = new JsonArray();
      tags.add("raises-exception");
      JsonObject metadata = new JsonObject();
      metadata.add("tags", tags);
      JsonObject cell = new JsonObject();
      cell.addProperty("cell_type", "code");
      cell.addProperty("id", name + "-" + cells.size());
      cell.add("metadata", metadata);
      cell.addProperty("source", source.stripTrailing());
      cell.add("outputs", new JsonArray());
      cell.add("execution_count", com.google.gson.JsonNull.INSTANCE);
      cells.add(cell);
    }
    JsonObject notebook = new JsonObject();
    notebook.add("cells", cells);
    notebook.add("metadata", new JsonObject());
    notebook.addProperty("nbformat", 4);
    notebook.addProperty("nbformat_minor", 5);
    return Files.writeString(WORK.resolve(name + ".ipynb"), notebook.toString());
  }

  private static final Pattern EXPECTATION = Pattern.compile("(as expected|UNEXPECTED): .*");

  /** What calls said, a line each; of a notebook of magics, all texts. */
  private static List<String> texts(Path executed) throws IOException {
    List<String> all = new ArrayList<>();
    JsonObject notebook = JsonParser.parseString(Files.readString(executed)).getAsJsonObject();
    for (JsonElement cell : notebook.getAsJsonArray("cells")) {
      for (JsonElement output : cell.getAsJsonObject().getAsJsonArray("outputs")) {
        JsonElement text = output.getAsJsonObject().get("text");
        String joined =
            text == null
                ? ""
                : text.isJsonArray()
                    ? String.join(
                        "",
                        text.getAsJsonArray().asList().stream()
                            .map(JsonElement::getAsString)
                            .toList())
                    : text.getAsString();
        joined.lines().forEach(all::add);
      }
    }
    boolean expects = all.stream().anyMatch(EXPECTATION.asMatchPredicate());
    return expects ? all.stream().filter(EXPECTATION.asMatchPredicate()).toList() : all;
  }

  private static String run(String name, Path output, List<Path> notebooks) throws Exception {
    List<String> command = Peers.wirebook("run", "--output", output.toString());
    notebooks.forEach(n -> command.add(n.toString()));
    return Peers.plain(name, inside(command.toArray(String[]::new)));
  }

  private static List<String> inside(String... command) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", SPACE));
    all.addAll(List.of(command));
    return all;
  }

  private static void ip(String arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments.split(" ")));
    run(command);
  }

  private static String run(List<String> command) throws Exception {
    return Peers.plain(command);
  }
}
