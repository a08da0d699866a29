// What a published node lacks and the files of a build need: analyzers of languages, with the classes that the real ones
// use; names of settings for lifecycles; and three parts that the index of logins is made with.
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.xpack.core.ilm.LifecycleSettings;

public class JudgePlugin extends Plugin implements AnalysisPlugin {
    @Override
    public List<Setting<?>> getSettings() {
        return List.of(Setting.simpleString(LifecycleSettings.LIFECYCLE_NAME, Setting.Property.Dynamic, Setting.Property.IndexScope),
            Setting.simpleString("index.lifecycle.rollover_alias", Setting.Property.Dynamic, Setting.Property.IndexScope));
    }

    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        Map<String, Supplier<Analyzer>> languages = new HashMap<>();
        languages.put("english", org.apache.lucene.analysis.en.EnglishAnalyzer::new);
        languages.put("french", org.apache.lucene.analysis.fr.FrenchAnalyzer::new);
        languages.put("german", org.apache.lucene.analysis.de.GermanAnalyzer::new);
        languages.put("spanish", org.apache.lucene.analysis.es.SpanishAnalyzer::new);
        languages.put("italian", org.apache.lucene.analysis.it.ItalianAnalyzer::new);
        languages.put("portuguese", org.apache.lucene.analysis.pt.PortugueseAnalyzer::new);
        languages.put("dutch", org.apache.lucene.analysis.nl.DutchAnalyzer::new);
        languages.put("swedish", org.apache.lucene.analysis.sv.SwedishAnalyzer::new);
        languages.put("danish", org.apache.lucene.analysis.da.DanishAnalyzer::new);
        languages.put("norwegian", org.apache.lucene.analysis.no.NorwegianAnalyzer::new);
        languages.put("finnish", org.apache.lucene.analysis.fi.FinnishAnalyzer::new);
        Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> all = new HashMap<>();
        languages.forEach((language, make) -> all.put(language, (index, environment, name, settings) -> new AbstractIndexAnalyzerProvider<Analyzer>(name, settings) {
            private final Analyzer analyzer = make.get();

            @Override
            public Analyzer get() {
                return analyzer;
            }
        }));
        return all;
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of(
            "pattern_capture", requires((index, environment, name, settings) -> filter(name, tokens -> new PatternCaptureGroupTokenFilter(
                tokens, settings.getAsBoolean("preserve_original", true),
                settings.getAsList("patterns").stream().map(Pattern::compile).toArray(Pattern[]::new)))),
            "unique", (index, environment, name, settings) -> filter(name, RemoveDuplicatesTokenFilter::new));
    }

    private static <T> AnalysisProvider<T> requires(AnalysisProvider<T> provider) {
        return new AnalysisProvider<>() {
            @Override
            public T get(org.elasticsearch.index.IndexSettings index, org.elasticsearch.env.Environment environment, String name, Settings settings)
                throws java.io.IOException {
                return provider.get(index, environment, name, settings);
            }

            @Override
            public boolean requiresAnalysisSettings() {
                return true;
            }
        };
    }

    private static TokenFilterFactory filter(String name, java.util.function.UnaryOperator<TokenStream> make) {
        return new TokenFilterFactory() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public TokenStream create(TokenStream tokens) {
                return make.apply(tokens);
            }
        };
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of("uax_url_email", (index, environment, name, settings) -> new TokenizerFactory() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Tokenizer create() {
                return new UAX29URLEmailTokenizer();
            }
        });
    }
}
