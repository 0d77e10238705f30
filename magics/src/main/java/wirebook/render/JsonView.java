package wirebook.render;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.codec.Json;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;

/** JSON with colours, whose objects and arrays fold; the text itself where there is no HTML. */
public final class JsonView {
  /** What is longer starts folded, unless it is the outermost. */
  private static final int OPEN = 12;

  private static final int DEPTH = 40;

  private static final String BLOCK =
      "font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px);"
          + "line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere";
  private static final String INDENT = "padding-left:1.6em";
  private static final String SUMMARY = "cursor:pointer";
  private static final String SOFT = "color:var(--jp-ui-font-color2,#777)";
  private static final String KEY = "color:var(--jp-mirror-editor-def-color,#1b5fb4)";
  private static final String STRING = "color:var(--jp-mirror-editor-string-color,#ba2121)";
  private static final String NUMBER = "color:var(--jp-mirror-editor-number-color,#080)";
  private static final String WORD =
      "color:var(--jp-mirror-editor-keyword-color,#008000);font-weight:600";

  private JsonView() {}

  /** Empty when the text is no JSON. */
  public static Optional<MimeBundle> of(String text) {
    return Json.read(text)
        .map(
            json -> {
              Html html = new Html().open("div", "style", BLOCK);
              value(html, new Html(), json, true, "", 0);
              return MimeBundle.text(text).with(MimeBundle.HTML, html.close("div").toString());
            });
  }

  /** {@code key} is what stands before the value. */
  private static void value(
      Html html, Html key, Json value, boolean open, String comma, int depth) {
    if (depth > DEPTH) {
      html.add(key).text(value.write() + comma);
      return;
    }
    switch (value) {
      case Json.Obj(Map<String, Json> members) when !members.isEmpty() -> {
        start(html, key, "{", members.size(), members.size() == 1 ? "key" : "keys", open);
        int left = members.size();
        for (Map.Entry<String, Json> entry : members.entrySet()) {
          Html name = new Html().element("span", quoted(entry.getKey()), "style", KEY).text(": ");
          Json of = entry.getValue();
          html.open("div", "style", INDENT);
          value(html, name, of, small(of), --left == 0 ? "" : ",", depth + 1);
          html.close("div");
        }
        end(html, "}", comma);
      }
      case Json.Arr(List<Json> array) when !array.isEmpty() -> {
        start(html, key, "[", array.size(), array.size() == 1 ? "element" : "elements", open);
        int left = array.size();
        for (Json element : array) {
          html.open("div", "style", INDENT);
          value(html, new Html(), element, small(element), --left == 0 ? "" : ",", depth + 1);
          html.close("div");
        }
        end(html, "]", comma);
      }
      case Json.Text _ -> coloured(html, key, value, STRING, comma);
      case Json.Num _ -> coloured(html, key, value, NUMBER, comma);
      case Json.Bool _, Json.Null _ -> coloured(html, key, value, WORD, comma);
      case Json.Obj _, Json.Arr _ -> html.add(key).text(value.write() + comma);
    }
  }

  private static void coloured(Html html, Html key, Json value, String style, String comma) {
    html.add(key).element("span", value.write(), "style", style).text(comma);
  }

  private static boolean small(Json value) {
    return value.parts().size() <= OPEN;
  }

  private static String quoted(String key) {
    return Json.of(key).write();
  }

  private static void start(
      Html html, Html key, String bracket, int count, String what, boolean open) {
    if (open) {
      html.open("details", "open", "open");
    } else {
      html.open("details");
    }
    html.open("summary", "style", SUMMARY)
        .add(key)
        .text(bracket)
        .element("span", "  " + count + " " + what, "style", SOFT)
        .close("summary");
  }

  private static void end(Html html, String bracket, String comma) {
    html.element("div", bracket + comma).close("details");
  }
}
