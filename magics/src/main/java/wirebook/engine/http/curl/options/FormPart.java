package wirebook.engine.http.curl.options;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a form as the command line describes it. */
public final class FormPart {
  public enum Kind {
    DATA,
    /** A file, sent with its name. */
    FILE,
    /** The content of a file, sent without a name. */
    FILE_DATA,
    STDIN,
    STDIN_DATA,
    PARTS
  }

  public final Kind kind;
  public String data;
  public @Nullable String name;
  public @Nullable String filename;
  public @Nullable String type;
  public @Nullable String encoder;
  public List<String> headers = new ArrayList<>();
  public final List<FormPart> parts = new ArrayList<>();

  FormPart(Kind kind, String data) {
    this.kind = kind;
    this.data = data;
  }
}
