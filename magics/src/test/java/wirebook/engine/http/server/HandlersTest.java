package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HandlersTest {
  private static Handlers handlers(String path) {
    return new Handlers() {
      @Override
      protected void routes() {
        get(path, request -> path);
      }
    };
  }

  @Test
  void cellsThatRunAtOnceHaveTheirOwnHandlers() throws Exception {
    Handlers.next(handlers("/first"));
    Thread other =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Handlers.next(handlers("/second"));
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                });
    other.join();
    assertThat(Handlers.take().orElseThrow().paths()).containsExactly("GET /first");
    assertThat(Handlers.take()).isEmpty();
  }
}
