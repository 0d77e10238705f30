package wirebook.kernel.worker.inside;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import org.junit.jupiter.api.Test;

class StopWeaverTest {
  /** Woven by the test. */
  static final class Loops {
    int straight(int x) {
      return x + 1;
    }

    int nested(int n) {
      int sum = 0;
      for (int i = 0; i < n; i++) {
        int j = 0;
        do {
          sum += j;
        } while (++j < i);
      }
      return sum;
    }
  }

  private static byte[] woven() throws IOException {
    try (InputStream in = Loops.class.getResourceAsStream("StopWeaverTest$Loops.class")) {
      return StopWeaver.weave(in.readAllBytes(), desc -> null, Loops.class.getClassLoader());
    }
  }

  private static long checks(byte[] bytes, String method) {
    MethodModel model =
        ClassFile.of().parse(bytes).methods().stream()
            .filter(m -> m.methodName().equalsString(method))
            .findFirst()
            .orElseThrow();
    return model
        .code()
        .orElseThrow()
        .elementStream()
        .filter(e -> e instanceof InvokeInstruction call && call.name().equalsString("check"))
        .count();
  }

  @Test
  void eachMethodsStartAndEachJumpBackIsChecked() throws IOException {
    byte[] bytes = woven();
    assertThat(checks(bytes, "straight")).isEqualTo(1);
    assertThat(checks(bytes, "nested")).isEqualTo(3);
  }

  @Test
  void theWovenClassPassesTheVerifier() throws IOException {
    assertThat(ClassFile.of().verify(woven())).isEmpty();
  }
}
