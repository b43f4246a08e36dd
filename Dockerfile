FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY Directory.Build.props Directory.Packages.props CrmImport.csproj ./
RUN dotnet restore CrmImport.csproj
COPY . .
RUN dotnet publish CrmImport.csproj -c Release -o /app --no-restore

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
EXPOSE 8080
# no curl in the image: the program asks itself
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s CMD ["dotnet", "CrmImport.dll", "health"]
ENTRYPOINT ["dotnet", "CrmImport.dll"]
