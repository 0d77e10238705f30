package wirebook.kernel.worker.inside;

import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.util.Set;

/**
 * Tells classes of cells that cannot reach the network by what they name: nothing but the parts of
 * Java that have no way there, and other classes of cells. It is the small first cells that are
 * meant, which should not wait for what only others need.
 */
final class Harmless {
  /** Packages, without those below them. */
  private static final Set<String> PACKAGES =
      Set.of(
          "java/lang",
          "java/math",
          "java/text",
          "java/time",
          "java/time/format",
          "java/time/temporal",
          "java/nio/charset",
          "java/nio/file",
          "java/io",
          "java/util",
          "java/util/concurrent",
          "java/util/concurrent/atomic",
          "java/util/concurrent/locks",
          "java/util/function",
          "java/util/regex",
          "java/util/stream");

  /** Their classes that find others by name, start them, or load them. */
  private static final Set<String> NOT =
      Set.of(
          "java/lang/ClassLoader",
          "java/lang/Module",
          "java/lang/ModuleLayer",
          "java/lang/Runtime",
          "java/io/ObjectInputStream",
          "java/nio/file/FileSystems",
          "java/util/ServiceLoader",
          "java/util/ResourceBundle");

  /** What enums and many a {@code println} ask of a class. */
  private static final Set<String> OF_CLASSES =
      Set.of(
          "cast",
          "desiredAssertionStatus",
          "getName",
          "getSimpleName",
          "getTypeName",
          "isInstance",
          "toString");

  private static final Set<String> LOADING = Set.of("load", "loadLibrary");

  private static final String LOOKUP = "java/lang/invoke/";

  private Harmless() {}

  static boolean is(byte[] bytes) {
    for (PoolEntry entry : ClassFile.of().parse(bytes).constantPool()) {
      boolean harmless =
          switch (entry) {
            case ClassEntry type -> is(type.asInternalName());
            case MemberRefEntry member ->
                is(member.owner().asInternalName(), member.name().stringValue());
            default -> true;
          };
      if (!harmless) {
        return false;
      }
    }
    return true;
  }

  private static boolean is(String owner, String member) {
    return switch (owner) {
      case "java/lang/Class" -> OF_CLASSES.contains(member);
      case "java/lang/System" -> !LOADING.contains(member);
      // The compiler's own use of them, for lambdas and joined strings, is no call.
      default ->
          !owner.startsWith(LOOKUP)
              || owner.endsWith("Metafactory")
              || owner.endsWith("ConcatFactory");
    };
  }

  private static boolean is(String type) {
    String name = type.startsWith("[") ? element(type) : type;
    int slash = name.lastIndexOf('/');
    return name.isEmpty()
        || name.startsWith("REPL/")
        || name.startsWith(LOOKUP)
        || name.equals("java/lang/runtime/ObjectMethods")
        || name.equals("java/lang/runtime/SwitchBootstraps")
        || name.equals("wirebook/kernel/worker/inside/Notebook")
        || (slash > 0 && PACKAGES.contains(name.substring(0, slash)) && !NOT.contains(name));
  }

  /** Of an array; nothing when it is a number or a truth. */
  private static String element(String array) {
    String element = array.substring(array.lastIndexOf('[') + 1);
    return element.startsWith("L") ? element.substring(1, element.length() - 1) : "";
  }
}
