package wirebook.engine.http;

import java.io.StringReader;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/** Finds one value in an XML text by an XPath; fetches nothing, and expands no entities. */
public final class XmlPath {
  private XmlPath() {}

  /** The text at {@code path}; empty when nothing is there, or the text or the path is none. */
  public static Optional<String> find(String xml, String path) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      // The default one writes to standard error.
      builder.setErrorHandler(new DefaultHandler());
      Document document = builder.parse(new InputSource(new StringReader(xml)));
      Object found =
          XPathFactory.newInstance().newXPath().evaluateExpression(path, document, Node.class);
      return found instanceof Node node ? Optional.of(node.getTextContent()) : Optional.empty();
    } catch (ParserConfigurationException
        | SAXException
        | java.io.IOException
        | XPathExpressionException e) {
      return Optional.empty();
    }
  }
}
