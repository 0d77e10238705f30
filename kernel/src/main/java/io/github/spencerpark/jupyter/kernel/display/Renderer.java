package io.github.spencerpark.jupyter.kernel.display;

import io.github.spencerpark.jupyter.kernel.display.mime.MIMEType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import wirebook.spi.MimeBundle;

/** Takes what cells say about how values of their types are shown. */
public final class Renderer {
  private final Consumer<wirebook.spi.Renderer<?>> registry;

  /**
   * @param registry of the renderers that go before all others
   */
  public Renderer(Consumer<wirebook.spi.Renderer<?>> registry) {
    this.registry = registry;
  }

  public <T> Registration<T> createRegistration(Class<T> type) {
    return new Registration<>(type);
  }

  /** Of one type. */
  public final class Registration<T> {
    private final Class<T> type;
    private final Set<MIMEType> preferred = new LinkedHashSet<>();
    private final Set<MIMEType> supported = new LinkedHashSet<>();

    private Registration(Class<T> type) {
      this.type = type;
    }

    /** What such values are shown as. */
    public Registration<T> preferring(MIMEType... types) {
      preferred.addAll(List.of(types));
      return this;
    }

    /** What they can be shown as besides; they are when nothing is preferred. */
    public Registration<T> supporting(MIMEType... types) {
      supported.addAll(List.of(types));
      return this;
    }

    public void register(RenderFunction<? super T> function) {
      Set<MIMEType> wanted = Set.copyOf(preferred.isEmpty() ? supported : preferred);
      registry.accept(
          new wirebook.spi.Renderer<T>() {
            @Override
            public Class<T> type() {
              return type;
            }

            @Override
            public MimeBundle render(T value) {
              RenderContext context = new RenderContext(wanted);
              function.render(value, context);
              return context.bundle(value);
            }
          });
    }
  }
}
