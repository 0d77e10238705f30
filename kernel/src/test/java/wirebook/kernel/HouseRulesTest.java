package wirebook.kernel;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaFieldAccess.AccessType;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.MulticastSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rules about what may use what, checked on the compiled classes of magics and kernel. */
@Tag("slow")
class HouseRulesTest {
  /** Fewer than this means that the classes were not found, and every rule would hold. */
  private static final int FEWEST_CLASSES = 2100;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages("wirebook");

  /** A part, and the other parts that it may use. Parts that are not here may use any. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("trace", Set.of()),
          Map.entry("codec", Set.of("trace")),
          Map.entry("net", Set.of("trace")),
          Map.entry("spi", Set.of("trace", "net")),
          Map.entry("trust", Set.of("trace", "codec", "net")),
          Map.entry("engine", Set.of("trace", "codec", "net", "spi", "trust")),
          Map.entry("internet", Set.of("trace", "codec", "net", "spi", "trust", "engine")),
          Map.entry("guest", Set.of("trace", "net", "spi", "internet")),
          Map.entry("render", Set.of("trace", "codec", "net", "spi", "engine", "internet")),
          Map.entry(
              "magics",
              Set.of("trace", "codec", "net", "spi", "trust", "engine", "internet", "render")),
          Map.entry("kernel.cell", Set.of("trace", "net", "spi")),
          Map.entry("kernel.protocol", Set.of("trace", "codec", "spi")),
          Map.entry("kernel.session", Set.of("trace", "codec", "spi", "kernel.protocol")),
          Map.entry(
              "kernel.zmq", Set.of("trace", "codec", "spi", "kernel.protocol", "kernel.session")),
          Map.entry(
              "kernel.worker",
              Set.of(
                  "trace",
                  "codec",
                  "net",
                  "spi",
                  "engine",
                  "internet",
                  "render",
                  "magics",
                  "kernel.cell",
                  "kernel.session")),
          Map.entry(
              "kernel.java",
              Set.of(
                  "trace",
                  "codec",
                  "net",
                  "spi",
                  "internet",
                  "kernel.cell",
                  "kernel.maven",
                  "kernel.protocol",
                  "kernel.run",
                  "kernel.session",
                  "kernel.worker")),
          Map.entry("kernel.maven", Set.of()),
          Map.entry("kernel.run", Set.of("codec", "spi", "kernel.session")));

  /** Each pure machine of a protocol has steps; they leave its room only as its value. */
  private static final Set<String> STEPS_OF_A_MACHINE = Set.of("Step");

  private static final int MOST_LINES = 500;

  private static final Pattern TURNED_OFF =
      Pattern.compile("@(Disabled|Ignore)\\b|@Disabled(On|If|For)\\w*");

  @Test
  void theClassesAreSeen() {
    assertThat(CLASSES).hasSizeGreaterThan(FEWEST_CLASSES);
    assertThat(CLASSES.stream().map(HouseRulesTest::part)).containsAll(MAY_USE.keySet());
  }

  @Test
  void noPackageUsesOneThatUsesIt() {
    slices().matching("wirebook.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void eachPartUsesOnlyThePartsBelowIt() {
    Map<String, Set<String>> wrong = new TreeMap<>();
    for (JavaClass from : CLASSES) {
      Set<String> allowed = MAY_USE.get(part(from));
      if (allowed != null) {
        from.getDirectDependenciesFromSelf().stream()
            .map(dependency -> dependency.getTargetClass().getBaseComponentType())
            .filter(to -> to.getPackageName().startsWith("wirebook"))
            .filter(to -> !part(to).equals(part(from)) && !allowed.contains(part(to)))
            .forEach(
                to ->
                    wrong.computeIfAbsent(from.getName(), n -> new TreeSet<>()).add(to.getName()));
      }
    }
    assertThat(wrong).as("classes, and what they should not use").isEmpty();
  }

  /** A magic is compiled against these alone; what is there to annotate with needs not be there. */
  @Test
  void whatAMagicIsMadeOfNeedsNothingButTheJdk() {
    classes()
        .that(resideInAnyPackage("wirebook.spi..", "wirebook.net..", "wirebook.trace.."))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "wirebook.spi..",
                "wirebook.net..",
                "wirebook.trace..",
                "java..",
                "javax..",
                "jdk..",
                "org.jspecify.annotations.."))
        .check(CLASSES);
  }

  @Test
  void engineDoesNotUseEngine() {
    slices().matching("wirebook.engine.(*)..").should().notDependOnEachOther().check(CLASSES);
  }

  /** What runs in the worker is in a process of its own; the kernel has its messages. */
  @Test
  void theKernelKnowsOfTheInsideOfTheWorkerOnlyWhatCellsCallAndWhatIsStarted() {
    String inside = "wirebook.kernel.worker.inside";
    assertThat(CLASSES.stream())
        .filteredOn(from -> from.getPackageName().startsWith("wirebook.kernel"))
        .filteredOn(from -> !from.getPackageName().equals(inside))
        .flatExtracting(JavaClass::getDirectDependenciesFromSelf)
        .extracting(use -> use.getTargetClass().getBaseComponentType())
        .filteredOn(to -> to.getPackageName().equals(inside))
        .extracting(JavaClass::getSimpleName)
        .containsOnly("Notebook", "Comm", "WorkerProcess");
    noClasses()
        .that(resideInAnyPackage(inside))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("wirebook.kernel.worker.handle", "wirebook.kernel.java.."))
        .check(CLASSES);
  }

  @Test
  void onlyTheNetworkOpensSocketsAndLooksNamesUp() {
    // The kernel's own channels, to the front end and to the worker, are no part of a lab, and
    // engine.socket is about the real machine's system calls.
    noClasses()
        .that(resideInAnyPackage("wirebook.."))
        .and(
            resideInAnyPackage(
                    "wirebook.net..",
                    "wirebook.internet..",
                    "wirebook.engine.socket..",
                    "wirebook.kernel.zmq..",
                    "wirebook.kernel.worker..",
                    "wirebook.kernel.java..")
                .negate()
                .as("are not about the machine's own sockets"))
        .should()
        .callCodeUnitWhere(
            target(
                new OneOf(
                    Map.of(
                        Socket.class, Set.of("<init>"),
                        ServerSocket.class, Set.of("<init>"),
                        DatagramSocket.class, Set.of("<init>"),
                        MulticastSocket.class, Set.of("<init>"),
                        SocketChannel.class, Set.of("open"),
                        ServerSocketChannel.class, Set.of("open"),
                        DatagramChannel.class, Set.of("open"),
                        InetAddress.class, Set.of("getByName", "getAllByName", "getLocalHost")))))
        .because("a lab sees what passes through Network")
        .check(CLASSES);
  }

  @Test
  void onlyTheNetworkKnowsTheTime() {
    noClasses()
        .that(
            resideInAnyPackage("wirebook.net..", "wirebook.internet..", "wirebook.kernel..")
                .negate()
                .as("are neither network nor kernel"))
        .should()
        .callCodeUnitWhere(
            target(
                new OneOf(
                    Map.of(
                        System.class, Set.of("nanoTime", "currentTimeMillis"),
                        Instant.class, Set.of("now"),
                        LocalDate.class, Set.of("now"),
                        LocalDateTime.class, Set.of("now"),
                        Clock.class, Set.of("systemUTC", "systemDefaultZone")))))
        .because("a lab replays to the millisecond when its clock is the only one")
        .check(CLASSES);
  }

  /**
   * What waits a while is told by the clock of its network, which a lab moves; a silent host alone
   * is silent for as long as a person waits.
   */
  @Test
  void onlyTheseWaitByTheMachinesClock() {
    assertThat(CLASSES.stream())
        .filteredOn(type -> !Set.of("net", "internet").contains(part(type)))
        .filteredOn(type -> !type.getPackageName().startsWith("wirebook.kernel"))
        .filteredOn(
            type ->
                type.getMethodCallsFromSelf().stream().anyMatch(call -> waits(call.getTarget())))
        .extracting(type -> outermost(type).replaceFirst(".*\\.", ""))
        .containsOnly(
            // For an answer that may not come.
            "Dialer",
            "Connector",
            "Connection",
            "Http2Connection",
            "Link",
            "Ping",
            "WebSocketTalk",
            // For one transfer of several, to draw how far they are.
            "CurlTool");
  }

  private static boolean waits(CodeUnitCallTarget call) {
    JavaClass owner = call.getOwner();
    return switch (call.getName()) {
      case "sleep" -> owner.isEquivalentTo(Thread.class) || owner.isEquivalentTo(TimeUnit.class);
      case "parkNanos", "parkUntil" -> owner.isEquivalentTo(LockSupport.class);
      case "poll" ->
          owner.isAssignableTo(BlockingQueue.class) && !call.getRawParameterTypes().isEmpty();
      default -> false;
    };
  }

  /** One that nobody reads would be advertised, accepted and without an effect. */
  @Test
  void whatAnOptionOfCurlSetsIsReadByWhatDoesTheTransfer() {
    String curl = "wirebook.engine.http.curl.";
    List<JavaField> settings =
        CLASSES.stream()
            .filter(
                type ->
                    type.getName().startsWith(curl + "options.CurlConfig")
                        || type.getName().startsWith("wirebook.engine.http.client.CallOptions")
                        || type.getName().equals("wirebook.engine.http.tls.TlsOptions"))
            .flatMap(type -> type.getFields().stream())
            .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
            .filter(field -> !field.getModifiers().contains(JavaModifier.SYNTHETIC))
            .toList();
    assertThat(settings).hasSizeGreaterThan(100);
    assertThat(settings)
        .filteredOn(
            field ->
                field.getAccessesToSelf().stream()
                    .filter(access -> access.getAccessType() == AccessType.GET)
                    .map(access -> outermost(access.getOriginOwner()))
                    .allMatch(
                        o -> o.startsWith(curl + "options.") || o.equals(curl + "CurlToJava")))
        .extracting(JavaField::getName)
        // Which output belongs to which URL is settled when all words are read.
        .containsExactlyInAnyOrder(
            "outSet",
            "urlSet",
            "uploadSet",
            "outNext",
            "urlNext",
            "uploadNext",
            "urls",
            "remoteNameAll",
            "proxyHeadersGiven",
            "words",
            // So is which part of a form a part belongs to.
            "formCurrent",
            "formParents",
            // The words themselves, which the translation to Java reads.
            "given",
            // It is what happens anyway.
            "proxyBasic");
  }

  /** As for curl's; that each sets something is {@code DigParserTest}'s. */
  @Test
  void whatAnOptionOfDigSetsIsReadByWhatAsks() {
    String dig = "wirebook.engine.dns.dig.";
    assertThat(
            CLASSES.stream()
                .filter(type -> List.of(dig + "Lookup", dig + "Session").contains(type.getName()))
                .flatMap(type -> type.getFields().stream())
                .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                .filter(
                    field ->
                        field.getAccessesToSelf().stream()
                            .filter(access -> access.getAccessType() == AccessType.GET)
                            .map(access -> outermost(access.getOriginOwner()))
                            .allMatch(o -> o.endsWith("Parser") || o.endsWith("Options"))))
        .extracting(JavaField::getName)
        // What one word means for another is settled when all are read.
        .containsExactlyInAnyOrder(
            "typeSet", "classSet", "tcpSet", "plusQuestion", "plusComments", "searchDomain");
  }

  private static String outermost(JavaClass type) {
    return type.getName().replaceFirst("\\$.*", "");
  }

  @Test
  void noTestIsTurnedOff() throws IOException {
    Path top = Path.of("..").toRealPath();
    List<Path> tests = new ArrayList<>();
    List<Path> off = new ArrayList<>();
    for (String module : List.of("magics", "kernel", "notebooks")) {
      Path root = top.resolve(module).resolve("src/test/java");
      if (Files.isDirectory(root)) {
        try (Stream<Path> files = Files.walk(root)) {
          tests.addAll(files.filter(file -> file.toString().endsWith(".java")).toList());
        }
      }
    }
    for (Path test : tests) {
      // This file has the names in its pattern.
      if (!test.endsWith("HouseRulesTest.java")
          && TURNED_OFF.matcher(Files.readString(test)).find()) {
        off.add(top.relativize(test));
      }
    }
    assertThat(tests).hasSizeGreaterThan(20);
    assertThat(off).isEmpty();
  }

  @Test
  void aNameStandsForOneClass() {
    Map<String, Set<String>> byName = new TreeMap<>();
    CLASSES.stream()
        .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
        .filter(type -> !STEPS_OF_A_MACHINE.contains(type.getSimpleName()))
        .forEach(
            type ->
                byName
                    .computeIfAbsent(type.getSimpleName(), _ -> new TreeSet<>())
                    .add(type.getName()));
    byName.values().removeIf(names -> names.size() == 1);
    assertThat(byName).isEmpty();
  }

  @Test
  void aLongFileSaysInItsFirstLineWhyItIsLong() throws IOException {
    int files = 0;
    Set<String> silent = new TreeSet<>();
    for (String module : List.of("magics", "kernel")) {
      try (Stream<Path> sources = Files.walk(Path.of("..", module, "src", "main", "java"))) {
        for (Path source : sources.filter(f -> f.toString().endsWith(".java")).toList()) {
          files++;
          List<String> lines = Files.readAllLines(source);
          if (lines.size() > MOST_LINES && !lines.getFirst().startsWith("// Above 500 lines: ")) {
            silent.add(source + ": " + lines.size());
          }
        }
      }
    }
    assertThat(files).isGreaterThan(900);
    assertThat(silent).isEmpty();
  }

  /** {@code kernel.cell} of {@code wirebook.kernel.cell.Part}, {@code engine} of all engines. */
  private static String part(JavaClass type) {
    String[] names = type.getPackageName().split("\\.", -1);
    return names.length < 2
        ? ""
        : names[1].equals("kernel") && names.length > 2 ? names[1] + "." + names[2] : names[1];
  }

  /** Calls of certain methods of certain classes. */
  private static final class OneOf extends DescribedPredicate<CodeUnitCallTarget> {
    private final Map<Class<?>, Set<String>> methods;

    OneOf(Map<Class<?>, Set<String>> methods) {
      super("one of " + methods);
      this.methods = methods;
    }

    @Override
    public boolean test(CodeUnitCallTarget call) {
      return methods.entrySet().stream()
          .anyMatch(
              entry ->
                  call.getOwner().isEquivalentTo(entry.getKey())
                      && entry.getValue().contains(call.getName()));
    }
  }
}
