package wirebook.engine.http.curl;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a form as the command line describes it. */
final class FormPart {
  enum Kind {
    DATA,
    /** A file, sent with its name. */
    FILE,
    /** The content of a file, sent without a name. */
    FILE_DATA,
    STDIN,
    STDIN_DATA,
    PARTS
  }

  final Kind kind;
  String data;
  @Nullable String name;
  @Nullable String filename;
  @Nullable String type;
  @Nullable String encoder;
  List<String> headers = new ArrayList<>();
  final List<FormPart> parts = new ArrayList<>();

  FormPart(Kind kind, String data) {
    this.kind = kind;
    this.data = data;
  }
}
