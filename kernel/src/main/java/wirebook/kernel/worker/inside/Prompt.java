package wirebook.kernel.worker.inside;

import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeInstruction;
import org.jspecify.annotations.Nullable;

/**
 * What {@link IO#readln(String)} is in cells: the prompt stands at the box for the answer, and not
 * above it among what was printed. Public because students' classes call it.
 */
public final class Prompt {
  /** The class whose call is replaced. */
  private static final String IN_PLACE_OF = "java/lang/IO";

  private Prompt() {}

  /** Whether the class may have such a call. */
  static boolean isIn(byte[] bytes) {
    for (PoolEntry entry : ClassFile.of().parse(bytes).constantPool()) {
      if (entry instanceof ClassEntry used && used.asInternalName().equals(IN_PLACE_OF)) {
        return true;
      }
    }
    return false;
  }

  static boolean isAsked(InvokeInstruction call) {
    return call.owner().asInternalName().equals(IN_PLACE_OF)
        && call.name().equalsString("readln")
        && call.typeSymbol().parameterCount() == 1;
  }

  /** The answer without a line end, or null when nobody can be asked. */
  public static @Nullable String readln(String prompt) {
    return Notebook.readLine(prompt);
  }
}
