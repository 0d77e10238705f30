package wirebook.guest;

import java.util.Map;
import java.util.Optional;
import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.magic.CellMagic;
import org.dflib.jjava.jupyter.kernel.magic.LineMagic;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.jspecify.annotations.Nullable;
import wirebook.spi.Magic;
import wirebook.spi.MagicSpec;

/**
 * Brings the magics into JJava, which finds this by itself in what {@code %classpath} adds. JJava
 * has to run on Java 25. JJava's own magics keep their names.
 */
public final class JJavaExtension implements Extension {
  @Override
  public void install(BaseKernel kernel) {
    MagicsRegistry registry = kernel.getMagicsRegistry();
    Guest guest = new Guest(new JJavaHost(kernel));
    for (Magic magic : Guest.magics()) {
      MagicSpec spec = magic.spec();
      if (!registry.getLineMagicNames().contains(spec.name())) {
        LineMagic<@Nullable Object, BaseKernel> line =
            (in, arguments) -> guest.run(magic, arguments, Optional.empty());
        registry.registerLineMagic(spec.name(), line);
      }
      if (spec.body() != MagicSpec.Body.NONE
          && spec.body() != MagicSpec.Body.WORDS
          && !registry.getCellMagicNames().contains(spec.name())) {
        CellMagic<@Nullable Object, BaseKernel> cell =
            (in, arguments, body) -> guest.run(magic, arguments, Optional.of(body));
        registry.registerCellMagic(spec.name(), cell);
      }
    }
  }

  private record JJavaHost(BaseKernel kernel) implements GuestHost {
    @Override
    public void show(Map<String, String> data, String id) {
      DisplayData shown = data(data);
      name(shown, id);
      kernel.display(shown);
    }

    /** The method gives nothing in 1.0-a6 and the data in 1.0-a8: a compiled call fits one only. */
    private static void name(DisplayData shown, String id) {
      try {
        DisplayData.class.getMethod("setDisplayId", String.class).invoke(shown, id);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("this JJava shows data in another way", e);
      }
    }

    @Override
    public void update(Map<String, String> data, String id) {
      kernel.getIO().display.updateDisplay(id, data(data));
    }

    private static DisplayData data(Map<String, String> data) {
      DisplayData shown = new DisplayData();
      data.forEach(shown::putData);
      return shown;
    }

    @Override
    public void evaluate(String java) throws Exception {
      kernel.evalRaw(java);
    }
  }
}
