package io.github.spencerpark.jupyter.kernel.display.mime;

import java.util.Locale;

/** A MIME type (RFC 6838), which is its name in small letters. */
public record MIMEType(String name) {
  public static final MIMEType TEXT_PLAIN = parse("text/plain");
  public static final MIMEType TEXT_HTML = parse("text/html");
  public static final MIMEType TEXT_MARKDOWN = parse("text/markdown");
  public static final MIMEType TEXT_LATEX = parse("text/latex");
  public static final MIMEType TEXT_CSS = parse("text/css");
  public static final MIMEType APPLICATION_JAVASCRIPT = parse("application/javascript");
  public static final MIMEType APPLICATION_JSON = parse("application/json");
  public static final MIMEType APPLICATION_XML = parse("application/xml");
  public static final MIMEType IMAGE_PNG = parse("image/png");
  public static final MIMEType IMAGE_JPEG = parse("image/jpeg");
  public static final MIMEType IMAGE_GIF = parse("image/gif");
  public static final MIMEType IMAGE_SVG = parse("image/svg+xml");

  public static MIMEType parse(String name) {
    return new MIMEType(name.toLowerCase(Locale.ENGLISH));
  }

  @Override
  public String toString() {
    return name;
  }
}
