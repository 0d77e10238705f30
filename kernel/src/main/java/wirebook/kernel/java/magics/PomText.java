package wirebook.kernel.java.magics;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * A whole POM from parts of one, as a README has them: loose dependencies and repositories are
 * gathered, and what every POM must have is added. A {@code <project>} stays as it is.
 */
final class PomText {
  private static final Map<String, String> MISSING =
      Map.of(
          "modelVersion",
          "4.0.0",
          "groupId",
          "wirebook.notebook",
          "artifactId",
          "cell",
          "version",
          "1");

  private static final Map<String, String> GATHERED =
      Map.of("dependency", "dependencies", "repository", "repositories");

  private PomText() {}

  /** The text is not well-formed. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  static String complete(String part) throws Malformed {
    try {
      DocumentBuilder builder = builder();
      String text = part.strip().replaceFirst("^<\\?xml[^>]*\\?>", "");
      Document given =
          builder.parse(new InputSource(new StringReader("<part>" + text + "</part>")));
      List<Element> elements = children(given.getDocumentElement());
      if (elements.size() == 1 && elements.getFirst().getNodeName().equals("project")) {
        return part.strip();
      }
      Document pom = builder.newDocument();
      Element project = pom.createElement("project");
      pom.appendChild(project);
      Set<String> had = new HashSet<>();
      for (Element element : elements) {
        String name = element.getNodeName();
        had.add(name);
        if (GATHERED.containsKey(name)) {
          list(pom, GATHERED.get(name)).appendChild(pom.importNode(element, true));
        } else if (GATHERED.containsValue(name)) {
          for (Element one : children(element)) {
            list(pom, name).appendChild(pom.importNode(one, true));
          }
        } else {
          project.appendChild(pom.importNode(element, true));
        }
      }
      MISSING.forEach(
          (name, value) -> {
            if (had.add(name)) {
              Element element = pom.createElement(name);
              element.setTextContent(value);
              project.appendChild(element);
            }
          });
      return text(pom);
    } catch (SAXParseException e) {
      throw new Malformed("line " + e.getLineNumber() + ": " + e.getMessage());
    } catch (ParserConfigurationException | SAXException | IOException | TransformerException e) {
      throw new Malformed(String.valueOf(e.getMessage()));
    }
  }

  private static DocumentBuilder builder() throws ParserConfigurationException {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    DocumentBuilder builder = factory.newDocumentBuilder();
    builder.setErrorHandler(
        new ErrorHandler() {
          @Override
          public void warning(SAXParseException e) {}

          @Override
          public void error(SAXParseException e) throws SAXException {
            throw e;
          }

          @Override
          public void fatalError(SAXParseException e) throws SAXException {
            throw e;
          }
        });
    return builder;
  }

  private static List<Element> children(Element parent) {
    List<Element> all = new java.util.ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element) {
        all.add(element);
      }
    }
    return all;
  }

  private static Element list(Document pom, String name) {
    Element project = pom.getDocumentElement();
    for (Element element : children(project)) {
      if (element.getNodeName().equals(name)) {
        return element;
      }
    }
    Element list = pom.createElement(name);
    project.appendChild(list);
    return list;
  }

  private static String text(Document pom) throws TransformerException {
    Transformer transformer = TransformerFactory.newDefaultInstance().newTransformer();
    transformer.setOutputProperty(OutputKeys.INDENT, "yes");
    StringWriter text = new StringWriter();
    transformer.transform(new DOMSource(pom), new StreamResult(text));
    return text.toString();
  }
}
