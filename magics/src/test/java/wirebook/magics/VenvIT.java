package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.python.PythonEnvironment;
import wirebook.internet.Internets;
import wirebook.internet.sites.PackageIndex;
import wirebook.magics.http.Curl;
import wirebook.magics.venv.Venv;

/** %venv with the machine's Python, and with programs that only look like one. */
class VenvIT {
  private static final String SERVER =
      """
      import http.server
      class H(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              text = b"%s"
              self.send_response(200); self.send_header("Content-Length", str(len(text))); self.end_headers()
              self.wfile.write(text)
          def do_DELETE(self):
              import os; os._exit(7)
      http.server.ThreadingHTTPServer(("127.0.0.1", 5), H).serve_forever()
      """;

  @TempDir private Path folder = Path.of("");

  private final Internets internets = new Internets("lab");
  private final Venv venv = new Venv();
  private final Curl curl = new Curl();
  private TestCells cells = new TestCells(internets, folder);

  @BeforeEach
  void needPython() throws Exception {
    cells = new TestCells(internets, folder);
    boolean can =
        new ProcessBuilder("python3", "-c", "import venv, ensurepip").start().waitFor() == 0;
    assertFalse(!can && "true".equals(System.getenv("CI")), "CI has to have python3 and its venv");
    assumeTrue(can, "no python3 that makes environments");
  }

  @AfterEach
  void close() throws IOException {
    cells.service(HttpServers.class, HttpServers::new).closeAll();
    internets.close();
  }

  private String said(String cell) throws InterruptedException {
    cells.run(venv, cell);
    return cells.printed();
  }

  private String body(String url) throws InterruptedException {
    cells.run(curl, "%curl -sS " + url);
    return cells.printed().strip();
  }

  /** An environment as fast as possible: without pip, which is put there as if it had been. */
  private void bare(String name) throws Exception {
    new ProcessBuilder("python3", "-m", "venv", "--without-pip", folder.resolve(name).toString())
        .start()
        .waitFor();
  }

  @Test
  void flaskIsInstalledFromTheLabServedReplacedBrokenAndRemoved() throws Exception {
    assumeTrue(PackageIndex.folder().isPresent(), "no wheels: binder/wheels fetches them");
    assertThat(said("%venv shop")).contains("shop (Python 3.");
    assertThat(cells.shown().getLast().text())
        .contains("shop/")
        .contains("pyvenv.cfg")
        .contains("include-system-site-packages = false");
    assertThat(said("%venv shop")).contains("is there already; --clear makes it anew");
    PythonEnvironment shop = (PythonEnvironment) cells.run(venv, "%venv shop pip install flask");
    assertThat(cells.printed())
        .contains("https://packages.class.example/simple/", "Successfully installed");
    assertThat(shop.find("flask")).get().hasToString("Flask==3.1.3");
    assertThat(cells.shown().getLast().text())
        .contains("Flask 3.1.3\n├── ")
        .contains("Werkzeug 3.1.9");

    String app =
        """
        %%venv shop app.py --name app --publish flask.class.example
        from flask import Flask, request
        app = Flask(__name__)
        @app.get("/")
        def hello(): return "Hello"
        @app.post("/api/upload")
        def upload(): return {"size": len(request.files["file"].read()), "host": request.host}
        app.run(port=0)
        """;
    PythonEnvironment served = (PythonEnvironment) cells.run(venv, app);
    assertThat(body(served.url())).isEqualTo("Hello");
    assertThat(body("http://flask.class.example/")).isEqualTo("Hello");
    assertThat(Files.readString(folder.resolve("app.py"))).startsWith("from flask import");
    Files.writeString(folder.resolve("picture.png"), "12345");
    body("-F file=@picture.png " + served.url() + "api/upload");
    assertThat(cells.shown().getLast().text()).contains("\"size\":5", "\"host\":\"127.0.0.1:");

    said("%venv shop pip uninstall -y werkzeug");
    assertThat(cells.shown().getLast().text()).contains("werkzeug  MISSING");
    assertThat(body(served.url())).as("what runs has it in memory").isEqualTo("Hello");
    assertThat(said(app))
        .contains(
            "venv: app ended at once, with status 1; its last line: ModuleNotFoundError: No module named 'werkzeug'")
        .contains("What ran before goes on: " + served.url());
    assertThat(body(served.url())).isEqualTo("Hello");

    Files.writeString(
        folder.resolve("wrong.txt"), "click==8.1.8 --hash=sha256:" + "0".repeat(64) + "\n");
    assertThat(said("%venv shop pip install --force-reinstall -r wrong.txt"))
        .contains("DO NOT MATCH THE HASHES")
        .contains("pip ended with status 1; the environment is as it was.");
    assertThat(said("%venv freeze shop")).contains("click==8.1.8");
    assertThat(said("%venv remove shop")).contains("is stopped: app");
    assertThat(folder.resolve("shop")).doesNotExist();
    assertThat(said("%venv list")).contains("No environments");
  }

  @Test
  void anInstallThatIsStoppedLeavesNothing() throws Exception {
    assumeTrue(PackageIndex.folder().isPresent(), "no wheels: binder/wheels fetches them");
    said("%venv shop");
    FutureTask<String> install =
        new FutureTask<>(() -> said("%venv shop pip install flask humanize"));
    Thread thread = Thread.ofVirtual().start(install);
    Awaitility.await()
        .until(
            () -> {
              try (var files =
                  Files.list(
                      PythonEnvironment.sitePackages(folder.resolve("shop")).orElseThrow())) {
                return install.isDone()
                    || files.anyMatch(
                        p ->
                            String.valueOf(p.getFileName()).startsWith("jinja2")
                                || p.endsWith("click"));
              }
            });
    thread.interrupt();
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(install::isDone);
    try (var files =
        Files.list(PythonEnvironment.sitePackages(folder.resolve("shop")).orElseThrow())) {
      assertThat(files.map(p -> String.valueOf(p.getFileName())))
          .noneMatch(n -> n.startsWith("click") || n.startsWith("jinja2"));
    }
    assertThat(folder.resolve("shop/.before")).doesNotExist();
    assertThat(said("%venv shop pip --version")).contains("pip ");
  }

  @Test
  void whatAPipDoesThatTakesItsTimeToStopIsUndoneAfterItsEnd() throws Exception {
    bare("e");
    Path packages = PythonEnvironment.sitePackages(folder.resolve("e")).orElseThrow();
    Files.createDirectories(packages.resolve("pip-1.dist-info"));
    Files.writeString(packages.resolve("pip-1.dist-info/RECORD"), "");
    Files.createDirectories(packages.resolve("flask"));
    Files.createDirectories(packages.resolve("pip"));
    Files.writeString(
        packages.resolve("pip/__main__.py"),
        """
        import pathlib, shutil, signal
        here = pathlib.Path(__file__).parent.parent
        def undo(*_):
            while not (here / "flask").exists(): pass
            shutil.rmtree(here / "flask")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, undo)
        (here / "flask").rename(here / "~lask")
        while True: signal.pause()
        """);
    FutureTask<String> uninstall = new FutureTask<>(() -> said("%venv e pip uninstall -y flask"));
    Thread thread = Thread.ofVirtual().start(uninstall);
    Awaitility.await().until(() -> Files.exists(packages.resolve("~lask")));
    // As a stop of a cell does, again and again.
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              thread.interrupt();
              return uninstall.isDone();
            });
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> Files.exists(packages.resolve("flask")));
    assertThat(packages.resolve("~lask")).doesNotExist();
    assertThat(said("%venv e")).contains("is there already");
    assertThat(packages.resolve("flask")).exists();
  }

  @Test
  void aRestorationThatWasCutOffIsEnded() throws Exception {
    bare("e");
    Path e = folder.resolve("e");
    Path dist = PythonEnvironment.sitePackages(e).orElseThrow().resolve("pip-1.dist-info");
    Files.createDirectories(dist);
    Files.writeString(dist.resolve("RECORD"), "");
    assertThat(said("%venv e")).contains("is there already");
    Files.createDirectory(e.resolve(".before"));
    Files.createFile(e.resolve(".before/whole"));
    Files.move(e.resolve("lib"), e.resolve(".before/lib"));
    assertThat(said("%venv e")).contains("is there already");
    assertThat(dist).exists();
    Files.createDirectories(e.resolve(".before/lib/half"));
    assertThat(said("%venv e")).as("what was dropped half-way").contains("is there already");
    assertThat(dist).exists();
    assertThat(e.resolve(".before")).doesNotExist();
  }

  @Test
  void anAppIsReplacedWithoutARefusedRequestAndStartedAgainWhenItDies() throws Exception {
    bare("e");
    PythonEnvironment first =
        (PythonEnvironment)
            cells.run(venv, "%%venv e app.py --port 0 --name app\n" + SERVER.formatted("one"));
    assertThat(cells.printed()).contains("serves app.py in e (Python 3.");
    AtomicBoolean over = new AtomicBoolean();
    TestCells others = new TestCells(internets, folder);
    List<String> answers = new java.util.concurrent.CopyOnWriteArrayList<>();
    FutureTask<Void> asking =
        new FutureTask<>(
            () -> {
              while (!over.get()) {
                others.run(curl, "%curl -s " + first.url());
                answers.add(others.printed().strip());
              }
              return null;
            });
    Thread.ofVirtual().start(asking);
    Awaitility.await().until(() -> !answers.isEmpty());
    cells.run(venv, "%%venv e app.py --port 0 --name app\n" + SERVER.formatted("two"));
    assertThat(body(first.url())).isEqualTo("two");
    Awaitility.await().until(() -> answers.getLast().equals("two"));
    over.set(true);
    asking.get(30, TimeUnit.SECONDS);
    assertThat(answers).containsOnly("one", "two");

    body("-X DELETE " + first.url());
    Awaitility.await().until(() -> body(first.url()).equals("two"));
    HttpServer server =
        cells.service(HttpServers.class, HttpServers::new).find("app").orElseThrow();
    server.close();
    Awaitility.await().until(() -> body(first.url()).contains("Nothing listens"));
  }

  @Test
  void anAppUnderAReloaderIsServedAlsoWhenThatHasStartedItAnew() throws Exception {
    bare("e");
    // As app.run(debug=True) does: the same command again, until its status is not 3.
    String reloader =
        """
        import os, subprocess, sys
        if "RELOADED" not in os.environ:
            status = 3
            while status == 3:
                status = subprocess.call([sys.executable, *sys.orig_argv[1:]], env={**os.environ, "RELOADED": "1"})
            sys.exit(status)
        """;
    PythonEnvironment served =
        (PythonEnvironment)
            cells.run(
                venv,
                "%%venv e app.py --port 0 --name app\n"
                    + reloader
                    + SERVER.formatted("here").replace("_exit(7)", "_exit(3)"));
    assertThat(cells.printed()).contains("serves app.py in e (Python 3.");
    assertThat(body(served.url())).isEqualTo("here");
    body("-X DELETE " + served.url());
    Awaitility.await().until(() -> body(served.url()).equals("here"));
  }

  @Test
  void anAppThatEndsOrForksIsToldApart() throws Exception {
    bare("my env");
    Files.move(folder.resolve("my env"), folder.resolve("e"));
    assertThat(said("%%venv e app.py\nprint('bye')\n"))
        .contains("venv: app ended at once, with status 0; its last line: bye");
    assertThat(said("%%venv e app.py\nimport nosuch\n"))
        .contains(
            "ended at once, with status 1; its last line: ModuleNotFoundError: No module named 'nosuch'")
        .contains("File \"app.py\", line 1, in <module>")
        .doesNotContain("run.py");
    PythonEnvironment forked =
        (PythonEnvironment)
            cells.run(
                venv,
                "%%venv e app.py --port 0\n"
                    + SERVER
                        .formatted("child")
                        .replace(".serve_forever()", "")
                        .replace("http.server.Threading", "s = http.server.Threading")
                    + "import os\nif os.fork(): os._exit(0)\ns.serve_forever()\n");
    Awaitility.await().until(() -> cells.printed().contains("it forked"));
    assertThat(body(forked.url())).isEqualTo("child");
  }

  @Test
  void whatHasLeftTheGroupOfAnAppEndsWithIt() throws Exception {
    assumeTrue(Files.isReadable(Path.of("/proc/self/environ")), "only Linux tells");
    bare("e");
    String leaves =
        """
        import os, time
        if os.fork(): os._exit(0)
        os.setsid()
        if os.fork(): os._exit(0)
        open('new', 'w').write(str(os.getpid()))
        os.rename('new', 'pid')
        """;
    assertThat(
            said(
                "%%venv e app.py\n"
                    + leaves.replaceFirst("os._exit", "time.sleep(1), os._exit")
                    + "time.sleep(600)\n"))
        .as("its port never opens")
        .contains("ended at once");
    // Its new parent has to take notice.
    Awaitility.await().until(() -> left().isEmpty());

    cells.run(
        venv,
        "%%venv e app.py --port 0 --name app\n"
            + SERVER
                .formatted("child")
                .replace(".serve_forever()", "")
                .replace("http.server.Threading", "s = http.server.Threading")
            + leaves
            + "s.serve_forever()\n");
    Awaitility.await().until(() -> cells.printed().contains("it forked"));
    Awaitility.await().until(() -> left().isPresent());
    cells.service(HttpServers.class, HttpServers::new).closeAll();
    Awaitility.await().until(() -> left().isEmpty());
  }

  /** The process that the app has left, when it runs. */
  private Optional<ProcessHandle> left() throws IOException {
    return ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve("pid"))))
        .filter(ProcessHandle::isAlive);
  }

  @Test
  void twoCellsThatMakeTheSameEnvironmentMakeOne() throws Exception {
    FutureTask<Object> one = new FutureTask<>(() -> cells.run(venv, "%venv shop"));
    FutureTask<Object> two = new FutureTask<>(() -> cells.run(venv, "%venv shop"));
    Thread.ofVirtual().start(one);
    Thread.ofVirtual().start(two);
    assertThat(((PythonEnvironment) one.get(60, TimeUnit.SECONDS)).prefix())
        .isEqualTo(((PythonEnvironment) two.get(60, TimeUnit.SECONDS)).prefix());
    assertThat(PythonEnvironment.isWholeAt(folder.resolve("shop"))).isTrue();
  }

  /** A program that answers as a Python of some kind would. */
  private String python(String script) throws IOException {
    Path file = folder.resolve("python-" + Integer.toHexString(script.hashCode()));
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }

  @Test
  void aPythonThatCannotMakeEnvironmentsIsNamedInASentence() throws Exception {
    assertThat(said("%venv x --python nosuchpython"))
        .contains("venv: there is no nosuchpython on this machine");
    assertThat(
            said(
                "%venv x --python "
                    + python("echo version=2.7.18; echo executable=/usr/bin/python2")))
        .contains("venv: /usr/bin/python2 is Python 2.7.18, which has no environments");
    assertThat(
            said(
                "%venv x --python "
                    + python("echo version=3.11.2; echo executable=/p; echo missing=ensurepip")))
        .contains("venv: /p comes without ensurepip")
        .contains("sudo apt install python3-venv");
    String half =
        python(
            "[ \"$1\" = -c ] && echo version=3.11.2 && echo executable=$0 && exit; mkdir -p \"$3/bin\"; echo 'Error: No space left on device' >&2; exit 1");
    assertThat(said("%venv x --python " + half))
        .contains("No space left on device")
        .contains("venv: x could not be made")
        .contains("nothing is left of it");
    assertThat(folder.resolve("x")).doesNotExist();
    assertThat(said("%venv x pip list")).contains("venv: there is no environment x");
  }

  @Test
  void wrongWordsAreComplainedOfInTheirPlace() {
    assertThat(cells.complaint(venv, "%venv a/b").diagnostic().id()).isEqualTo("VENV004");
    assertThat(cells.complaint(venv, "%venv shop pop install").diagnostic().fix())
        .contains("Did you mean pip?");
    assertThat(cells.complaint(venv, "%venv shop --pyton x").diagnostic().id())
        .isEqualTo("VENV005");
    assertThat(cells.complaint(venv, "%venv shop run").diagnostic().message())
        .isEqualTo("run what?");
  }
}
