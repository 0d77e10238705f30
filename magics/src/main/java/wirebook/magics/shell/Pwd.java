package wirebook.magics.shell;

import java.nio.file.Path;
import wirebook.engine.process.ChildEnvironment;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;

/** {@code %pwd}: the folder that shell cells and magics are in. */
public final class Pwd implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("pwd", "Tells the folder that shell cells and magics are in")
          .value(Path.class)
          .example("var here = %pwd", "a Path")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    Path here = ChildEnvironment.of(call.services()).directory();
    call.out().println(here);
    return MagicResult.of(here);
  }
}
