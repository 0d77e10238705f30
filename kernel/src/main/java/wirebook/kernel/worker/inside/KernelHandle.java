package wirebook.kernel.worker.inside;

import io.github.spencerpark.jupyter.kernel.display.Renderer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import wirebook.spi.MimeBundle;

/**
 * What {@code kernel()} gives in a cell: of the objects that IJava and JJava give there, the
 * methods that notebooks call.
 */
public final class KernelHandle {
  static final KernelHandle INSTANCE = new KernelHandle();

  private KernelHandle() {}

  /** As {@link Notebook#eval}. */
  public @Nullable Object eval(String code) {
    return Notebook.eval(code);
  }

  /** As {@link Notebook#eval}, under the name that it has in IJava. */
  public @Nullable Object evalRaw(String code) {
    return Notebook.eval(code);
  }

  /** Adds a jar or a folder of classes, as {@code %classpath} does. */
  public void addToClasspath(String path) {
    Notebook.<List<String>>lineMagic("classpath", List.of(path));
  }

  /** As {@link Notebook#display(Object)}. */
  public String display(@Nullable Object value) {
    return Notebook.display(value);
  }

  /** As {@link Notebook#render}. */
  public MimeBundle render(@Nullable Object value, String... types) {
    return Notebook.render(value, types);
  }

  /** Says how values of a type are shown: {@code getRenderer().createRegistration(Type.class)}. */
  public Renderer getRenderer() {
    return new Renderer(Values.Renderers::register);
  }

  @Override
  public String toString() {
    return "Wirebook's kernel: eval(code), addToClasspath(path), display(value), render(value, types…)";
  }
}
