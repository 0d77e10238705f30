package wirebook.kernel.worker.inside;

import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Puts a call of {@link StopCheck#check} at the start of each method and before each jump
 * backwards, so that a loop or a recursion without end can be ended from outside. A prompt of
 * {@code IO.readln} goes to where the answer is typed.
 */
final class StopWeaver {
  private static final ClassDesc CHECK = ClassDesc.of(StopCheck.class.getName());
  private static final ClassDesc PROMPT = ClassDesc.of(Prompt.class.getName());
  private static final MethodTypeDesc NO_ARGUMENTS = MethodTypeDesc.of(ConstantDescs.CD_void);

  private StopWeaver() {}

  /**
   * The class with its checks.
   *
   * @param parsed the bytes of classes that are not defined yet, or null
   * @param loader knows all others
   */
  static byte[] weave(
      byte[] bytes, Function<ClassDesc, @Nullable InputStream> parsed, ClassLoader loader) {
    ClassFile classFile =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(parsed)
                    .orElse(ClassHierarchyResolver.ofClassLoading(loader))));
    return classFile.transformClass(classFile.parse(bytes), checks());
  }

  private static ClassTransform checks() {
    return (builder, element) -> {
      if (element instanceof MethodModel method && method.code().isPresent()) {
        String name = method.methodName().stringValue();
        boolean entry = !name.equals(ConstantDescs.CLASS_INIT_NAME) && !name.equals("do_it$");
        builder.transformMethod(
            method,
            (methodBuilder, part) -> {
              if (part instanceof java.lang.classfile.CodeModel code) {
                methodBuilder.transformCode(code, new Checks(entry));
              } else {
                methodBuilder.with(part);
              }
            });
      } else {
        builder.with(element);
      }
    };
  }

  private static final class Checks implements CodeTransform {
    private final boolean entry;
    private final Set<Label> behind = new HashSet<>();

    Checks(boolean entry) {
      this.entry = entry;
    }

    @Override
    public void atStart(CodeBuilder builder) {
      if (entry) {
        check(builder);
      }
    }

    @Override
    public void accept(CodeBuilder builder, CodeElement element) {
      switch (element) {
        case LabelTarget target -> behind.add(target.label());
        case BranchInstruction branch when behind.contains(branch.target()) -> check(builder);
        case TableSwitchInstruction choice when leadsBack(choice.defaultTarget(), choice.cases()) ->
            check(builder);
        case LookupSwitchInstruction choice
            when leadsBack(choice.defaultTarget(), choice.cases()) ->
            check(builder);
        case InvokeInstruction call when Prompt.isAsked(call) -> {
          builder.invokestatic(PROMPT, call.name().stringValue(), call.typeSymbol());
          return;
        }
        default -> {
          // Goes forward.
        }
      }
      builder.with(element);
    }

    private boolean leadsBack(Label otherwise, List<SwitchCase> cases) {
      return behind.contains(otherwise)
          || cases.stream().anyMatch(one -> behind.contains(one.target()));
    }

    private static void check(CodeBuilder builder) {
      builder.invokestatic(CHECK, "check", NO_ARGUMENTS);
    }
  }
}
