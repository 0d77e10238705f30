package wirebook.internet.plain;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;
import wirebook.internet.Internets;
import wirebook.net.TemporaryFolder;
import wirebook.trust.LabTrust;

/**
 * Takes this process's own {@code Socket}, {@code HttpClient}, {@code URL}, {@code DatagramSocket}
 * and channels into the lab while the lab is in use.
 *
 * <p>{@link #follow} costs nothing. The rewriting of the JDK's classes happens at the first name
 * that is looked up in the lab, or at {@link #prepare}; it needs a {@link Redefiner}, or an {@link
 * Instrumentation}, which comes from this process attaching to itself, for which it has to be
 * started with {@code -Djdk.attach.allowAttachSelf=true} and, to keep the JVM from warning, {@code
 * -XX:+EnableDynamicAgentLoading}.
 */
public final class PlainJava {
  private static volatile @Nullable PlainRoutes routes;
  private static volatile @Nullable Instrumentation instrumentation;
  private static volatile @Nullable Redefiner redefiner;
  private static boolean tried;
  private static Optional<String> failure = Optional.empty();

  private PlainJava() {}

  /** What gives classes of the JDK new bodies. */
  public interface Redefiner {
    /** Replaces the code of loaded classes. */
    void redefine(Map<Class<?>, byte[]> classes) throws Exception;
  }

  /**
   * Uses this in place of an agent. The process must have been started with {@code
   * --add-opens=java.base/sun.nio.ch=ALL-UNNAMED}.
   */
  public static void redefineWith(Redefiner given) {
    redefiner = given;
  }

  /** Does what the first use will do, but for its effect: so that it is quick then. */
  public static void rehearse() throws IOException {
    Weaving.woven();
    JdkSockets.detour(JdkWaysOut::detours);
  }

  /** From now on plain Java uses the network that {@code internets} has in use. */
  public static void follow(Internets internets) {
    routes = new PlainRoutes(internets);
  }

  /** From now on plain Java uses the machine's network. */
  public static void unfollow() {
    routes = null;
  }

  /** The lab's routes, when the lab is in use. */
  static Optional<PlainRoutes> inUse() {
    PlainRoutes now = routes;
    return now != null && now.inLab() ? Optional.of(now) : Optional.empty();
  }

  /**
   * Rewrites the JDK's classes now, if they are not yet, so that plain Java keeps to the lab
   * whenever that is in use, and what its sockets carry comes by {@link wirebook.net.Wire}. Call
   * before code that may reach the network, also when the real one is in use: the code stays when
   * that changes.
   *
   * @return why that cannot be, or nothing
   */
  public static Optional<String> prepare() {
    return rewrite();
  }

  /**
   * Refuses to go on when plain Java cannot be kept in the lab.
   *
   * @throws IllegalStateException when so
   */
  public static void requireInLab() {
    prepare()
        .filter(why -> inUse().isPresent())
        .ifPresent(
            why -> {
              throw new IllegalStateException(
                  "plain Java cannot be kept in the lab here: "
                      + why
                      + "; %internet real leaves the lab");
            });
  }

  private static synchronized Optional<String> rewrite() {
    if (tried) {
      return failure;
    }
    tried = true;
    LabTrust.install();
    try {
      Redefiner given = redefiner;
      Weaving.weave(given == null ? agent() : given);
      resolveHere();
      if (!LabNames.areAsked()) {
        failure = Optional.of("another library resolves the names of this process");
      }
    } catch (Exception | LinkageError e) {
      failure = Optional.of(String.valueOf(e.getMessage()));
    }
    return failure;
  }

  /** The JDK looks for who resolves names once, and with the loader of the thread that asks. */
  private static void resolveHere() throws UnknownHostException {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(PlainJava.class.getClassLoader());
    try {
      InetAddress.getByName("localhost");
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Called by the JVM when this jar is given as {@code -javaagent}. */
  public static void premain(String arguments, Instrumentation given) {
    instrumentation = given;
  }

  /** Called by the JVM when this jar is loaded as an agent later. */
  public static void agentmain(String arguments, Instrumentation given) {
    instrumentation = given;
  }

  private static Redefiner agent() throws Exception {
    if (instrumentation == null) {
      attachToSelf();
    }
    Instrumentation given = instrumentation;
    if (given == null) {
      throw new IllegalStateException("the agent did not start");
    }
    given.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("sun.nio.ch", Set.of(PlainJava.class.getModule())),
        Set.of(),
        Map.of());
    return classes ->
        given.redefineClasses(
            classes.entrySet().stream()
                .map(e -> new ClassDefinition(e.getKey(), e.getValue()))
                .toArray(ClassDefinition[]::new));
  }

  private static void attachToSelf() throws Exception {
    Path jar = Files.createTempFile(TemporaryFolder.get(), "agent", ".jar");
    try {
      Manifest manifest = new Manifest();
      Attributes main = manifest.getMainAttributes();
      main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
      main.putValue("Agent-Class", PlainJava.class.getName());
      main.putValue("Can-Redefine-Classes", "true");
      try (OutputStream out = Files.newOutputStream(jar)) {
        new JarOutputStream(out, manifest).close();
      }
      VirtualMachine self = VirtualMachine.attach(Long.toString(ProcessHandle.current().pid()));
      try {
        self.loadAgent(jar.toString());
      } finally {
        self.detach();
      }
    } finally {
      Files.deleteIfExists(jar);
    }
  }
}
