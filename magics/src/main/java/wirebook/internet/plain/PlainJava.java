package wirebook.internet.plain;

import com.sun.tools.attach.VirtualMachine;
import java.io.OutputStream;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;
import wirebook.internet.Internets;
import wirebook.internet.PlainRoutes;
import wirebook.net.trust.LabTrust;

/**
 * Takes this process's own {@code Socket}, {@code HttpClient}, {@code URL}, {@code DatagramSocket}
 * and channels into the lab while the lab is in use.
 *
 * <p>{@link #follow} costs nothing. The rewriting of the JDK's classes happens at the first name
 * that is looked up in the lab, or at {@link #prepare}; it needs an {@link Instrumentation}, which
 * comes from {@code -javaagent}, or from this process attaching to itself, for which it has to be
 * started with {@code -Djdk.attach.allowAttachSelf=true} and, to keep the JVM from warning, {@code
 * -XX:+EnableDynamicAgentLoading}.
 */
public final class PlainJava {
  private static volatile @Nullable PlainRoutes routes;
  private static volatile @Nullable Instrumentation instrumentation;
  private static boolean tried;
  private static Optional<String> failure = Optional.empty();

  private PlainJava() {}

  /** From now on plain Java uses the network that {@code internets} has in use. */
  public static void follow(Internets internets) {
    // The JDK would go on using an address for 30 seconds, also in the other network, and would
    // hide the lab's resolver and its cache.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
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
   * Rewrites the JDK's classes now, if they are not yet, and the lab is in use. Call before code
   * that opens sockets to literal addresses.
   *
   * @return why plain Java's sockets cannot reach the lab, or nothing
   */
  public static Optional<String> prepare() {
    return inUse().isEmpty()
        ? Optional.empty()
        : rewrite().map(why -> "plain Java's sockets stay on the real network: " + why);
  }

  /**
   * Rewrites the JDK's classes now, if they are not yet, so that what its sockets carry comes by
   * {@link wirebook.net.Wire}.
   *
   * @return why that cannot be, or nothing
   */
  public static Optional<String> watch() {
    return rewrite();
  }

  private static synchronized Optional<String> rewrite() {
    if (tried) {
      return failure;
    }
    tried = true;
    LabTrust.install();
    try {
      Instrumentation given = instrumentation;
      if (given == null) {
        attachToSelf();
        given = instrumentation;
      }
      if (given == null) {
        throw new IllegalStateException("the agent did not start");
      }
      Weaving.weave(given);
    } catch (Exception | LinkageError e) {
      failure = Optional.of(String.valueOf(e.getMessage()));
    }
    return failure;
  }

  /** Called by the JVM when this jar is given as {@code -javaagent}. */
  public static void premain(String arguments, Instrumentation given) {
    instrumentation = given;
  }

  /** Called by the JVM when this jar is loaded as an agent later. */
  public static void agentmain(String arguments, Instrumentation given) {
    instrumentation = given;
  }

  private static void attachToSelf() throws Exception {
    Path jar = Files.createTempFile("wirebook-agent", ".jar");
    try {
      Manifest manifest = new Manifest();
      Attributes main = manifest.getMainAttributes();
      main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
      main.putValue("Agent-Class", PlainJava.class.getName());
      main.putValue("Can-Retransform-Classes", "true");
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
