package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;
import static wirebook.kernel.maven.FolderRepository.dependency;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.java.settings.Globs;
import wirebook.kernel.maven.FolderRepository;
import wirebook.kernel.session.Interpreter.Outcome.Failed;
import wirebook.net.TemporaryFolder;
import wirebook.spi.MimeBundle;

/** The magics, functions and variables of IJava and JJava, as their notebooks use them. */
@Tag("slow")
class IJavaTest {
  private static final String LOCAL = "maven.repo.local";

  @TempDir private static Path folder;

  private static FolderRepository repository;
  private static TestCells cells;

  @BeforeAll
  static void start() throws IOException {
    System.setProperty(LOCAL, folder.resolve("local").toString());
    repository = new FolderRepository(folder.resolve("repository"));
    repository.add("acme", "leaf", "1.0", "");
    repository.add("acme", "leaf", "2.0", "");
    repository.add("acme", "tree", "1.0", dependency("acme", "leaf", "1.0", "compile"));
    repository.add("acme", "pommed", "1.0", "");
    repository.add("acme", "piece", "1.0", "");
    cells = new TestCells();
    cells.out("%mavenRepo test " + repository.url());
  }

  @AfterAll
  static void stop() {
    cells.close();
    System.clearProperty(LOCAL);
  }

  private static String plain(Failed failed) {
    return Failures.plain(String.join("\n", failed.traceback()));
  }

  @Test
  void mavenBringsAnArtifactAndWhatItNeeds() {
    try (TestCells own = new TestCells()) {
      own.out("%addMavenRepo test " + repository.url());
      assertThat(
              own.value(
                  "%addMavenDependencies acme:tree:1.0\nacme.Tree.version() + acme.Leaf.version()"))
          .contains("1.01.0");
      TestCells.Recorded again = new TestCells.Recorded();
      own.run("%maven acme:leaf:2.0", again);
      assertThat(again.out() + again.displays + again.updated)
          .contains("acme:leaf:2.0 is left out: version 1.0 is on the class path already");
      assertThat(own.value("System.getProperty(\"java.class.path\").contains(\"tree-1.0.jar\")"))
          .contains("true");
    }
  }

  /** Their classes are in Wirebook's own jar as well. */
  @Test
  void theVersionOfALibraryThatACellAsksForIsTheOneItGets() throws IOException {
    repository.add("com.google.gson", "gson", "0.1", "");
    repository.add("org.slf4j", "loggerFactory", "0.1", "");
    assertThat(cells.value("new com.google.gson.Gson().toJson(List.of(1))")).contains("[1]");
    try (TestCells own = new TestCells()) {

      own.out("%mavenRepo test " + repository.url());
      own.out("%maven com.google.gson:gson:0.1 org.slf4j:loggerFactory:0.1");
      assertThat(
              own.value(
                  "import com.google.gson.Gson;\nGson.version() +"
                      + " org.slf4j.LoggerFactory.version()"))
          .contains("0.10.1");
      assertThat(own.value("%curl --version\n1")).contains("1");
    }
  }

  @Test
  void aServiceOfAnAddedJarIsNotMixedWithThatOfItsNamesake() throws IOException {
    Path classes = Files.createDirectories(folder.resolve("logging/META-INF/services"));
    Files.writeString(classes.resolve("org.slf4j.spi.SLF4JServiceProvider"), "mine.Provider");
    Path type = Files.createDirectories(folder.resolve("logging/org/slf4j/spi"));
    Files.writeString(type.resolve("SLF4JServiceProvider.class"), "");
    try (TestCells own = new TestCells()) {
      own.out("%classpath " + folder.resolve("logging"));
      assertThat(
              own.value(
                  "Thread.currentThread().getContextClassLoader().resources("
                      + "\"META-INF/services/org.slf4j.spi.SLF4JServiceProvider\").count()"))
          .contains("1");
    }
  }

  @Test
  void theAddedFilesCanBeAssigned() {
    assertThat(
            cells
                .value("List<String> got = %maven acme#piece;1.0\ngot.size() + got.get(0)")
                .orElseThrow())
        .startsWith("1/")
        .endsWith("piece-1.0.jar");
  }

  @Test
  void theWordsOfBeakerXAndRapaioBringArtifactsAsWell() {
    cells.out("%classpath add mvn acme pommed 1.0");
    cells.out("%%classpath add mvn\nacme piece 1.0\nacme:pommed:1.0");
    cells.out("%dependency /add-repo again " + repository.url() + " release|never");
    cells.out("String newest = \"1.0\";\n%dependency /add acme:piece:\\{newest}");
    cells.out("%dependency /resolve");
    assertThat(cells.value("acme.Pommed.version() + acme.Piece.version()")).contains("1.01.0");
    assertThat(cells.failure("%dependency /list-repos").message()).contains("/add-repo");
  }

  @Test
  void theMagicsOfOtherKernelsAreAnsweredWithWhatDoesTheSame() {
    assertThat(plain(cells.failure("%%python\nprint(1)")))
        .contains("%%python is of other kernels: cells are Java here, and magics");
    assertThat(plain(cells.failure("%timeit 1 + 1"))).contains("instead: %time");
  }

  @Test
  void aPackageIsLeftOutWithAWord() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("// a lesson\npackage edu.first;\n\nint inPackage = nothing;", output);
    assertThat(output.err()).isEqualTo("cells are in no package: package edu.first is left out\n");
    assertThat(plain(cells.failure("// a lesson\npackage edu.first;\n\nint inPackage = nothing;")))
        .contains(":4: error: cannot find symbol");
    assertThat(cells.out("package edu.first;\npublic class Lesson {}\nSystem.out.print(1);"))
        .isEqualTo("1");
  }

  @Test
  void aCellSaysHowValuesOfAnotherTypeAreShown() {
    cells.out(
        """
        import io.github.spencerpark.ijava.IJava;
        import io.github.spencerpark.jupyter.kernel.display.mime.MIMEType;
        record Figure(String name) {}
        IJava.getKernelInstance().getRenderer()
            .createRegistration(Figure.class)
            .preferring(MIMEType.TEXT_HTML)
            .register((figure, context) ->
                context.renderIfRequested(MIMEType.TEXT_HTML, () -> "<b>" + figure.name() + "</b>"));
        """);
    assertThat(cells.value("render(new Figure(\"one\")).data()").orElseThrow())
        .contains("text/html=<b>one</b>")
        .contains("text/plain=Figure[name=one]");
  }

  @Test
  void aMagicWithoutItsPercentSignIsToldOfIt() {
    for (String line :
        new String[] {
          "dig google.com",
          "dig google",
          "curl -s http://x",
          "nc -l 8080",
          "$ dig a.b",
          "ip a",
          "who"
        }) {
      assertThat(plain(cells.failure(line)))
          .as(line)
          .contains("a magic begins with %: %" + line.replace("$ ", ""))
          .containsOnlyOnce("error:");
    }
    assertThat(cells.failure("socket s = new Socket();").message()).contains("class socket");
    assertThat(cells.failure("ip = 5;").message()).contains("variable ip");
  }

  @Test
  void mavenComplainsAtTheArtifact() {
    assertThat(plain(cells.failure("%maven acme:leaf")))
        .contains(
            """
            error: This is not GROUP:ARTIFACT:VERSION
                %maven acme:leaf
                       ^^^^^^^^^
              instead: acme:leaf:RELEASE for the newest version\
            """);
    assertThat(plain(cells.failure("%maven --form x acme:leaf:1.0"))).contains("no option --form");
    assertThat(plain(cells.failure("%maven acme:leaf:1.0 --from nowhere")))
        .contains("no repository of this id");
  }

  @Test
  void partsOfAPomAreEnough() {
    cells.out(
        "%%loadFromPOM\n<repository><id>t</id><url>"
            + repository.url()
            + "</url></repository>\n"
            + dependency("acme", "pommed", "1.0", "compile"));
    assertThat(cells.value("import acme.Pommed;\nPommed.version()")).contains("1.0");
  }

  @Test
  void aPomWithAMistakeIsAnsweredWithItsLineAndLeavesNoFile() throws IOException {
    assertThat(cells.failure("%%loadFromPOM\n<dependency>\n<groupId>x</dependency>").message())
        .contains("line 2");
    assertThat(cells.failure("%loadFromPOM nosuch.xml").message()).contains("no such file");
    assertThat(cells.failure("%loadFromPOM").message()).contains("No POM is named");
    assertThat(cells.failure("%%loadFromPOM tset\n<dependency/>").message()).contains("no scope");
    try (Stream<Path> files = Files.list(TemporaryFolder.get())) {
      assertThat(files).noneMatch(file -> file.toString().endsWith(".pom"));
    }
  }

  @Test
  void jarsTakesPatterns() throws IOException {
    Files.createDirectories(folder.resolve("lib/a"));
    Files.writeString(folder.resolve("lib/a/x.jar"), "");
    Files.writeString(folder.resolve("lib/a/y.jar"), "");
    Files.writeString(folder.resolve("lib/a/z.txt"), "");
    assertThat(Globs.expand(folder, "lib/?/*.jar"))
        .containsExactly(folder.resolve("lib/a/x.jar"), folder.resolve("lib/a/y.jar"));
    assertThat(Globs.expand(folder, "lib/a/")).hasSize(3);
    assertThat(Globs.expand(Path.of("/nosuch"), folder + "/lib/a/x.*")).hasSize(1);
    assertThat(Globs.expand(folder, "nosuch/*")).isEmpty();
  }

  @Test
  void theFunctionsOfIJavaAreThere() {
    assertThat(cells.out("printf(\"%03d|\", 7);")).isEqualTo("007|");
    assertThat(cells.value("render(\"**x**\", \"text/markdown\").data().get(\"text/markdown\")"))
        .contains("**x**");
    assertThat(cells.value("String status = lineMagic(\"internet\", List.of()).toString(); 1"))
        .contains("1");
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        "String id = display(\"<b>3</b>\", \"text/html\");\n"
            + "updateDisplay(id, \"<b>2</b>\", \"text/html\");",
        output);
    assertThat(output.displays.getFirst().data()).containsEntry(MimeBundle.HTML, "<b>3</b>");
    assertThat(output.updates).hasSize(1);
  }

  @Test
  void evalGivesTheObjectOfWhatCouldStandInACell() {
    assertThat(cells.value("(int) eval(\"1 + 2\") + 3")).contains("6");
    assertThat(cells.value("eval(\"int made = 4; made * 2;\")")).contains("8");
    assertThat(cells.value("made")).contains("4");
    assertThat(cells.value("eval(\"record Fresh(int of) {}\") == null")).contains("true");
    assertThat(cells.value("((Record) eval(\"new Fresh(9)\")).toString()")).contains("Fresh[of=9]");
    assertThat(cells.value("eval(\"eval(\\\"made\\\")\")")).contains("4");
    assertThat(cells.out("eval(\"System.out.print(made)\");")).isEqualTo("4");
    assertThat(cells.value("List.of(1, 2).stream().map(n -> eval(n + \" * 2\")).toList()"))
        .contains("[2, 4]");
    assertThat(cells.value("kernel().eval(\"made\").equals(getKernelInstance().evalRaw(\"made\"))"))
        .contains("true");
    assertThat(cells.value("((List<?>) eval(\"%jars nosuch/*.jar\")).size()")).contains("0");
    assertThat(cells.value("eval(\"%internet\").getClass() != null")).contains("true");
  }

  @Test
  void whatIsWrongInAnEvalIsThrownThere() {
    assertThat(cells.failure("eval(\"int = 3\")").message()).contains("'.class' expected");
    assertThat(cells.failure("eval(\"throw new java.io.IOException(\\\"gone\\\")\")").name())
        .isEqualTo("java.io.IOException");
    assertThat(cells.failure("eval(\"int = 3\")").name()).isEqualTo("IllegalArgumentException");
    assertThat(cells.value("lineMagic(\"who\", List.of()) == null")).contains("true");
    assertThat(
            cells.value(
                "String told; try { eval(\"1 / 0\"); told = \"\"; } catch (ArithmeticException"
                    + " e) { told = e.getMessage(); }\ntold"))
        .contains("/ by zero");
  }

  @Test
  void javaCanCallTheMagicsOfTheKernelItself() throws IOException {
    Path script = Files.writeString(folder.resolve("part.jsh"), "int loadedPart = 6;");
    cells.out("lineMagic(\"load\", List.of(\"" + script + "\"));");
    assertThat(cells.value("loadedPart")).contains("6");
    assertThat(
            cells.out(
                "Runnable r = () -> lineMagic(\"time\", List.of(\"loadedPart++\")); r.run();"))
        .contains("Wall time");
    assertThat(cells.value("loadedPart")).contains("7");
    assertThat(cells.out("cellMagic(\"time\", List.of(), \"loadedPart++\");"))
        .contains("Wall time");
    assertThat(cells.failure("lineMagic(\"reset\", List.of())").message())
        .contains("%reset stands on a line of its own");
  }

  @Test
  void javaCanCallTheMagicsThatBringLibraries() throws IOException {
    repository.add("acme", "called", "1.0", "");
    assertThat(
            cells
                .value(
                    "List<String> files = lineMagic(\"maven\", List.of(\"acme:called:1.0\"));"
                        + " files.getFirst()")
                .orElseThrow())
        .endsWith("called-1.0.jar");
    assertThat(cells.value("acme.Called.version()")).contains("1.0");
    assertThat(cells.failure("lineMagic(\"maven\", List.of(\"nothing\"))").message())
        .contains("not GROUP:ARTIFACT:VERSION");
    assertThat(cells.failure("lineMagic(\"reset\", List.of())").message())
        .contains("stands on a line of its own");
    assertThat(cells.failure("cellMagic(\"nosuch\", List.of(), \"\")").message())
        .contains("no magic %nosuch");
  }

  @Test
  void theEnvironmentOfIJavaCounts() throws IOException {
    Path jars = Files.createDirectories(folder.resolve("jars"));
    Files.copy(
        folder.resolve("repository/acme/leaf/2.0/leaf-2.0.jar"), jars.resolve("leaf-2.0.jar"));
    Path script =
        Files.writeString(folder.resolve("init.jshell"), "String ping() { return \"pong!\"; }");
    Map<String, String> environment =
        Map.of(
            "IJAVA_CLASSPATH", jars + "/*.jar",
            "IJAVA_STARTUP_SCRIPTS_PATH", script.toString(),
            "JJAVA_STARTUP_SCRIPT", "var leaf = acme.Leaf.version()",
            "IJAVA_STARTUP_SCRIPT", "var neverRun = 1",
            "JJAVA_COMPILER_OPTS", "-parameters -Xlint:deprecation",
            "JJAVA_JVM_OPTS", "-Xmx300m",
            "IJAVA_TIMEOUT", "60 SECONDS");
    try (TestCells own = new TestCells(environment)) {
      assertThat(own.value("ping() + leaf")).contains("pong!2.0");
      assertThat(own.failure("neverRun").message()).contains("neverRun");
      assertThat(own.value("Runtime.getRuntime().maxMemory() <= 300L << 20")).contains("true");
      own.out("%reset");
      assertThat(own.value("ping() + leaf")).contains("pong!2.0");
    }
  }

  @Test
  void previewsOfTheLanguageAndOfTheLibraryCanBeHad() {
    try (TestCells own = new TestCells(Map.of("IJAVA_COMPILER_OPTS", "--enable-preview"))) {
      assertThat(own.value("switch (1) { case int i when i > 0 -> \"a\" + i; default -> \"\"; }"))
          .contains("a1");
      assertThat(
              own.value("StableValue<String> once = StableValue.of(); once.orElseSet(() -> \"x\")"))
          .contains("x");
    }
  }

  @Test
  void aStatementThatTakesTooLongIsStopped() {
    try (TestCells own = new TestCells(Map.of("JJAVA_TIMEOUT", "2500"))) {
      own.out("int before = 3;");
      Failed failed = own.failure("new CountDownLatch(1).await();");
      assertThat(failed.name()).isEqualTo("Timeout");
      assertThat(failed.message()).contains("2500 ms").contains("JJAVA_TIMEOUT");
      assertThat(own.value("before")).contains("3");
    }
  }

  @Test
  void whatIsWrongInTheEnvironmentIsToldOnceAndTheCellRuns() {
    Map<String, String> environment =
        Map.of(
            "IJAVA_STARTUP_SCRIPT", "int broken = nothing;",
            "IJAVA_TIMEOUT", "soon",
            "IJAVA_CLASSPATH", "/nosuch/*.jar");
    try (TestCells own = new TestCells(environment)) {
      TestCells.Recorded output = new TestCells.Recorded();
      own.run("1", output);
      assertThat(output.err())
          .contains("IJAVA_STARTUP_SCRIPT")
          .contains("nothing")
          .contains("IJAVA_TIMEOUT: soon is no time")
          .contains("IJAVA_CLASSPATH: nothing is at /nosuch/*.jar");
      output = new TestCells.Recorded();
      own.run("1", output);
      assertThat(output.err()).isEmpty();
    }
  }
}
