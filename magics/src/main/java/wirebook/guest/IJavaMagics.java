package wirebook.guest;

import io.github.spencerpark.jupyter.kernel.BaseKernel;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import io.github.spencerpark.jupyter.kernel.magic.registry.Magics;
import java.util.Map;
import java.util.Optional;
import wirebook.spi.Magic;
import wirebook.spi.MagicSpec;

/**
 * Brings the magics into IJava, which has to run on Java 25. After {@code %jars wirebook.jar}, in a
 * cell:
 *
 * <pre>wirebook.guest.IJavaMagics.install(getKernelInstance(), getKernelInstance().getMagics());
 * </pre>
 */
public final class IJavaMagics {
  private IJavaMagics() {}

  public static void install(BaseKernel kernel, Magics registry) {
    register(registry, new Guest(new IJavaHost(kernel)));
  }

  static void register(Magics registry, Guest guest) {
    for (Magic magic : Guest.magics()) {
      MagicSpec spec = magic.spec();
      registry.registerLineMagic(
          spec.name(), arguments -> guest.run(magic, arguments, Optional.empty()));
      if (spec.body() != MagicSpec.Body.NONE && spec.body() != MagicSpec.Body.WORDS) {
        registry.registerCellMagic(
            spec.name(), (arguments, body) -> guest.run(magic, arguments, Optional.of(body)));
      }
    }
  }

  private record IJavaHost(BaseKernel kernel) implements GuestHost {
    @Override
    public void show(Map<String, String> data, String id) {
      DisplayData shown = data(data);
      shown.setDisplayId(id);
      kernel.display(shown);
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
      kernel.eval(java);
    }
  }
}
