package wirebook.kernel.java.shell;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.constant.ConstantDescs;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.jshell.spi.ExecutionControl.ClassBytecodes;
import wirebook.kernel.worker.wire.WorkerMessage.Thrown;

/**
 * The static initialisers of the classes that cells have declared. The virtual machine runs each
 * once, and never again when it has failed: a class that is to begin with other values, or to begin
 * at all, has to be a new one.
 */
final class Initialisers {
  private final Map<String, byte[]> loaded = new HashMap<>();
  private final Set<String> failed = new HashSet<>();

  /** Notes what the worker has been given. JShell keeps these bytes, too. */
  void loaded(ClassBytecodes[] classes) {
    for (ClassBytecodes one : classes) {
      if (isDeclared(one.name())) {
        loaded.put(one.name(), one.bytecodes());
      }
    }
  }

  /** Snippets are wrapped in classes that have no initialiser of a student's. */
  private static boolean isDeclared(String className) {
    return className.indexOf('$', "REPL.$JShell$".length()) >= 0;
  }

  /** Gives the classes whose initialiser ended in what was thrown. */
  List<String> failedIn(Thrown thrown) {
    Set<String> names = new HashSet<>();
    for (Thrown one = thrown; one != null; one = one.cause().orElse(null)) {
      one.frames().stream()
          .filter(Places::isCellCode)
          .filter(frame -> frame.getMethodName().equals(ConstantDescs.CLASS_INIT_NAME))
          .forEach(frame -> names.add(frame.getClassName()));
    }
    names.removeIf(name -> !failed.add(name));
    return List.copyOf(names);
  }

  /** Whether the class cannot become this one by new method bodies alone. */
  boolean hasToBeNew(ClassBytecodes to) {
    byte[] from = loaded.get(to.name());
    return failed.contains(to.name())
        || (from != null && !instructions(from).equals(instructions(to.bytecodes())));
  }

  private static List<String> instructions(byte[] bytes) {
    return ClassFile.of().parse(bytes).methods().stream()
        .filter(method -> method.methodName().equalsString(ConstantDescs.CLASS_INIT_NAME))
        .flatMap(method -> method.code().stream())
        .flatMap(CodeModel::elementStream)
        .filter(element -> element instanceof Instruction)
        .map(Object::toString)
        .toList();
  }
}
