using Malten.Gateway.Page;

namespace Malten.Gateway.Tests;

/// <summary>The page's modules are served without the spaces that browsers have no use for, and mean the same.</summary>
public sealed class ScriptTextTests
{
    [Theory]
    [InlineData("const a = b ? [c, d] : { e: 1 };", "const a=b?[c,d]:{e:1};")]
    [InlineData("if (a && !b) return (c) => d;", "if(a&&!b)return(c)=>d;")]
    [InlineData("a = b + +c - -d / e;", "a=b + +c - -d / e;")]
    [InlineData("say('a = b, c', \"{ d }\");", "say('a = b, c',\"{ d }\");")]
    [InlineData("say('it\\'s = so', a);", "say('it\\'s = so',a);")]
    [InlineData("say(`a = ${b ? `c, ${d}` : ' ! '} ; e`, f);", "say(`a = ${b ? `c, ${d}` : ' ! '} ; e`,f);")]
    [InlineData("a = b.replace(/ = [/, ] '/gu, c);", "a=b.replace(/ = [/, ] '/gu,c);")]
    [InlineData("a = b / c; d = '/ = /';", "a=b / c;d='/ = /';")]
    [InlineData("import { a, b } from './c.js';\nexport class D { }", "import { a, b } from './c.js';\nexport class D { }")]
    [InlineData("for (const a of [1, 2]) b = await (c);", "for(const a of[1,2])b=await(c);")]
    public void Spaces_beside_punctuation_are_left_out(string module, string served) =>
        Assert.Equal(served, ScriptText.WithoutSpacesInCode(module));
}
