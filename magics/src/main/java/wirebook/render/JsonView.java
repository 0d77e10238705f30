package wirebook.render;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.Map;
import java.util.Optional;
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
    if (text.isBlank()) {
      return Optional.empty();
    }
    JsonElement parsed;
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      parsed = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        return Optional.empty();
      }
    } catch (IOException | JsonParseException | IllegalStateException e) {
      return Optional.empty();
    }
    Html html = new Html().open("div", "style", BLOCK);
    value(html, new Html(), parsed, true, "", 0);
    return Optional.of(MimeBundle.text(text).with(MimeBundle.HTML, html.close("div").toString()));
  }

  /** {@code key} is what stands before the value. */
  private static void value(
      Html html, Html key, JsonElement value, boolean open, String comma, int depth) {
    if (depth > DEPTH) {
      html.add(key).text(value + comma);
      return;
    }
    switch (value) {
      case JsonObject object when object.size() > 0 -> {
        start(html, key, "{", object.size(), object.size() == 1 ? "key" : "keys", open);
        int left = object.size();
        for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
          Html name = new Html().element("span", quoted(entry.getKey()), "style", KEY).text(": ");
          JsonElement of = entry.getValue();
          html.open("div", "style", INDENT);
          value(html, name, of, small(of), --left == 0 ? "" : ",", depth + 1);
          html.close("div");
        }
        end(html, "}", comma);
      }
      case JsonArray array when array.size() > 0 -> {
        start(html, key, "[", array.size(), array.size() == 1 ? "element" : "elements", open);
        int left = array.size();
        for (JsonElement element : array) {
          html.open("div", "style", INDENT);
          value(html, new Html(), element, small(element), --left == 0 ? "" : ",", depth + 1);
          html.close("div");
        }
        end(html, "]", comma);
      }
      case JsonPrimitive primitive ->
          html.add(key)
              .element(
                  "span",
                  primitive.toString(),
                  "style",
                  primitive.isString() ? STRING : primitive.isNumber() ? NUMBER : WORD)
              .text(comma);
      case JsonNull none ->
          html.add(key).element("span", none.toString(), "style", WORD).text(comma);
      default -> html.add(key).text(value + comma);
    }
  }

  private static boolean small(JsonElement value) {
    return switch (value) {
      case JsonObject object -> object.size() <= OPEN;
      case JsonArray array -> array.size() <= OPEN;
      default -> true;
    };
  }

  private static String quoted(String key) {
    return new JsonPrimitive(key).toString();
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
