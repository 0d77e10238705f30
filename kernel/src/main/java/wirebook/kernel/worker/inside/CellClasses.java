package wirebook.kernel.worker.inside;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.spi.InetAddressResolverProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import wirebook.internet.plain.PlainJava;
import wirebook.kernel.worker.Jvmti;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.trace.Bytes;

/**
 * The classes of all cells, and the jars that cells added. What such a jar has is taken from it, be
 * it in Wirebook's own jar or not, so that a cell gets the version of a library that it asked for,
 * and logs with what it brought; only the JDK's packages and Wirebook's own come from above.
 */
final class CellClasses extends URLClassLoader {
  /**
   * The class JShell wraps a snippet in. Its successors, made when something it uses was replaced,
   * have a letter after the number.
   */
  private static final Pattern WRAPPER =
      Pattern.compile("(REPL\\.\\$JShell\\$[0-9]+)[A-Z]*(\\$.*)?");

  /** In a notebook, an assert that is not looked at would be a check that always passes. */
  private static final String PACKAGE = "REPL";

  private static final Pattern SUCCESSOR =
      Pattern.compile("(?<=REPL\\.\\$JShell\\$\\d{1,9})[A-Z]+");

  static {
    ClassLoader.registerAsParallelCapable();
  }

  private static final String SERVICES = "META-INF/services/";
  private static final String RESOLVER = SERVICES + InetAddressResolverProvider.class.getName();

  /** Read when the first jar is added. */
  private static final class Jdk {
    static final Set<String> PACKAGES =
        ModuleLayer.boot().modules().stream()
            .flatMap(module -> module.getPackages().stream())
            .collect(Collectors.toUnmodifiableSet());
  }

  private record Pending(Bytes bytes, boolean woven) {}

  private final Map<String, Pending> pending = new ConcurrentHashMap<>();
  private final Map<String, Integer> cellOf = new ConcurrentHashMap<>();
  private final Map<String, String> latest = new HashMap<>();
  private volatile boolean jars;

  CellClasses(ClassLoader parent) {
    super("cells", new URL[0], parent);
    setPackageAssertionStatus(PACKAGE, true);
  }

  /**
   * Adds jars and folders.
   *
   * @param paths with the system's separator between them
   */
  void addPaths(String paths) {
    for (String path : paths.split(Pattern.quote(File.pathSeparator), -1)) {
      try {
        addURL(Path.of(path).toUri().toURL());
      } catch (MalformedURLException e) {
        throw new IllegalArgumentException(path, e);
      }
    }
    jars = true;
    // Libraries that start processes of their own, and IJava's notebooks, look here.
    System.setProperty(
        "java.class.path", System.getProperty("java.class.path") + File.pathSeparator + paths);
  }

  /**
   * Takes classes in. Where one replaces an earlier one, the variables keep their values.
   *
   * @return the variables that could not
   */
  synchronized List<String> load(int cell, List<WorkerMessage.ClassFile> classes) {
    for (WorkerMessage.ClassFile file : classes) {
      pending.put(file.name(), new Pending(file.bytes(), file.woven()));
      cellOf.put(file.name(), cell);
    }
    List<String> reset = new ArrayList<>();
    for (WorkerMessage.ClassFile file : classes) {
      Matcher m = WRAPPER.matcher(file.name());
      if (m.matches() && m.group(2) == null) {
        String before = latest.put(m.group(1), file.name());
        if (before != null && !before.equals(file.name())) {
          carryOver(before, file.name(), reset);
        }
      }
    }
    return reset;
  }

  /**
   * Gives classes new bodies, so that all they hold stays.
   *
   * @throws UnsupportedOperationException when they differ in more than bodies
   */
  synchronized void redefine(List<WorkerMessage.ClassFile> files) {
    Map<Class<?>, byte[]> defined = new LinkedHashMap<>();
    for (WorkerMessage.ClassFile file : files) {
      Class<?> loaded = findLoadedClass(file.name());
      if (loaded != null) {
        keepInLab(file.bytes().toArray());
        byte[] woven = StopWeaver.weave(file.bytes().toArray(), this::notYetDefined, this);
        defined.put(loaded, woven);
      } else {
        Pending before = pending.get(file.name());
        if (before != null && !shape(before.bytes).equals(shape(file.bytes()))) {
          // The virtual machine would say so, and others are compiled against the old one.
          throw new UnsupportedOperationException(file.name() + " has other members now");
        }
      }
    }
    if (!defined.isEmpty()) {
      Jvmti.get().redefine(defined);
    }
    for (WorkerMessage.ClassFile file : files) {
      if (findLoadedClass(file.name()) == null) {
        pending.put(file.name(), new Pending(file.bytes(), file.woven()));
      }
    }
  }

  /** What others can be compiled against: members, by flags, name and type, and what it extends. */
  private static Set<String> shape(Bytes bytes) {
    ClassModel model = ClassFile.of().parse(bytes.toArray());
    Set<String> shape = new HashSet<>();
    model.superclass().ifPresent(type -> shape.add("extends " + type.asInternalName()));
    model.interfaces().forEach(type -> shape.add("implements " + type.asInternalName()));
    for (FieldModel field : model.fields()) {
      shape.add(
          field.flags().flagsMask()
              + " "
              + field.fieldName().stringValue()
              + " "
              + field.fieldType().stringValue());
    }
    for (MethodModel method : model.methods()) {
      if (!method.flags().has(AccessFlag.SYNTHETIC)) {
        shape.add(
            method.flags().flagsMask()
                + " "
                + method.methodName().stringValue()
                + method.methodType().stringValue());
      }
    }
    return shape;
  }

  /** The cell that brought the class in which a frame's code is; 0 for other code. */
  int cellOf(String className) {
    return cellOf.getOrDefault(className, 0);
  }

  static boolean isCellCode(String className) {
    return className.startsWith("REPL.$JShell$");
  }

  private void carryOver(String before, String after, List<String> reset) {
    try {
      Class<?> old = Class.forName(before, true, this);
      Class<?> fresh = Class.forName(after, true, this);
      for (Field to : fresh.getDeclaredFields()) {
        if (Modifier.isStatic(to.getModifiers()) && !Modifier.isFinal(to.getModifiers())) {
          Field from = old.getDeclaredField(to.getName());
          from.setAccessible(true);
          to.setAccessible(true);
          Object value = from.get(null);
          if (to.getType() == from.getType() || to.getType().isInstance(value)) {
            to.set(null, value);
          } else if (value != null && sameSource(to.getType(), from.getType())) {
            reset.add(to.getName());
          }
        }
      }
    } catch (NoSuchFieldException e) {
      // The old one had another variable: the new one starts afresh, as it should.
    } catch (ReflectiveOperationException | LinkageError e) {
      reset.add(after + " (" + e + ")");
    }
  }

  /** A variable that was declared anew with another type has its new value, and lost nothing. */
  private static boolean sameSource(Class<?> one, Class<?> other) {
    return SUCCESSOR
        .matcher(one.getName())
        .replaceAll("")
        .equals(SUCCESSOR.matcher(other.getName()).replaceAll(""));
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    // Those of cells are here alone; to look for them in Wirebook's jar takes reading its index.
    boolean here =
        isCellCode(name) || (jars && !isFromAbove(name) && findResource(fileOf(name)) != null);
    if (!here) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? findClass(name) : loaded;
    }
  }

  private static boolean isFromAbove(String name) {
    int dot = name.lastIndexOf('.');
    return name.startsWith("wirebook.")
        || (dot > 0 && Jdk.PACKAGES.contains(name.substring(0, dot)));
  }

  private static String fileOf(String className) {
    return className.replace('.', '/') + ".class";
  }

  @Override
  public @Nullable URL getResource(String name) {
    URL own = jars ? findResource(name) : null;
    return own == null ? super.getResource(name) : own;
  }

  /**
   * Those of the jars come first. Where the service is one of theirs, what Wirebook's own jar
   * offers for its namesake is none. The one who resolves names for the whole process is Wirebook.
   */
  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    if (!jars || name.equals(RESOLVER)) {
      return getParent().getResources(name);
    }
    List<URL> found = Collections.list(findResources(name));
    boolean own =
        name.startsWith(SERVICES)
            && !isFromAbove(name.substring(SERVICES.length()))
            && findResource(fileOf(name.substring(SERVICES.length()))) != null;
    if (!own) {
      found.addAll(Collections.list(getParent().getResources(name)));
    }
    return Collections.enumeration(found);
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Pending found = pending.get(name);
      if (found == null) {
        return super.findClass(name);
      }
      byte[] plain = found.bytes.toArray();
      keepInLab(plain);
      byte[] bytes =
          found.woven || Prompt.isIn(plain)
              ? StopWeaver.weave(plain, this::notYetDefined, this)
              : plain;
      Class<?> defined = defineClass(name, bytes, 0, bytes.length);
      pending.remove(name);
      return defined;
    }
  }

  /** Before code runs that may reach the network; that takes a moment once. */
  private static void keepInLab(byte[] bytes) {
    if (!Harmless.is(bytes)) {
      PlainJava.requireInLab();
    }
  }

  private @Nullable InputStream notYetDefined(ClassDesc desc) {
    String descriptor = desc.descriptorString();
    Pending found = pending.get(descriptor.substring(1, descriptor.length() - 1).replace('/', '.'));
    return found == null ? null : new ByteArrayInputStream(found.bytes.toArray());
  }
}
